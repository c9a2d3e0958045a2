import { randomBytes } from "node:crypto";
import { errorCodes, isSandboxError } from "../../errors/index.ts";
import type { ProgressEvent } from "../../runtime/index.ts";
import type { RuntimeSandboxClient, SandboxHandle } from "../../sandbox/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import { allChecks } from "./all-checks.ts";
import type { Check, CheckTarget } from "./check.ts";
import { allowedHost } from "./checks/egress-broker.ts";
import type { CheckReport, SelfTestReport } from "./doctor-report.ts";
import { selfTestCaps } from "./self-test-caps.ts";

/** Options of {@link selfTest}. */
export interface SelfTestOptions {
  readonly image: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (event: ProgressEvent) => void;
}

/** Creates a sandbox and proves on it what its runtime enforces. */
export async function selfTest(
  client: RuntimeSandboxClient,
  { image, signal, onProgress }: SelfTestOptions,
): Promise<SelfTestReport> {
  const { capabilities } = client.runtime;
  const caps = selfTestCaps(capabilities);
  const spec = withoutUndefined({
    ...caps,
    image,
    name: `doctor-${randomBytes(4).toString("hex")}`,
    ttlMs: 600_000,
  });
  const egressSpec = { ...spec, name: `${spec.name}-egress`, egress: [allowedHost] };
  const made: SandboxHandle[] = [];
  try {
    made.push(await client.create(spec, { signal, onProgress }));
    if (capabilities.egress.includes("allowlist")) made.push(await client.create(egressSpec, { signal }));
  } catch (error) {
    await removeAll(client, made);
    return whyNotRun(error, signal);
  }
  const [sandbox, egressSandbox] = made as [SandboxHandle, SandboxHandle | undefined];
  try {
    const checks: CheckReport[] = [];
    for (const check of allChecks) {
      checks.push(await runCheck(check, { sandbox, egressSandbox, capabilities, caps, signal }));
    }
    return { status: checks.some(({ status }) => status === "not_enforced") ? "failed" : "passed", checks };
  } finally {
    await removeAll(client, made);
  }
}

async function removeAll(client: RuntimeSandboxClient, made: readonly SandboxHandle[]): Promise<void> {
  await Promise.all(made.map(({ name }) => client.remove(name)));
}

async function runCheck(check: Check, target: CheckTarget): Promise<CheckReport> {
  const { name, title } = check;
  const why = check.notApplicable?.(target.capabilities);
  if (why !== undefined) return { name, title, status: "not_applicable", evidence: why };
  try {
    const { enforced, evidence } = await check.attempt(target);
    return { name, title, status: enforced ? "enforced" : "not_enforced", evidence };
  } catch (error) {
    target.signal.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    return { name, title, status: "not_enforced", evidence: `the check could not be made: ${message}` };
  }
}

/** An image that is missing, or an engine that went away, is no verdict on what the runtime enforces. */
function whyNotRun(error: unknown, signal: AbortSignal): SelfTestReport {
  signal.throwIfAborted();
  if (!isSandboxError(error)) throw error;
  const { remedy } = errorCodes[error.code];
  return { status: "not_run", code: error.code, reason: error.message, remedy };
}
