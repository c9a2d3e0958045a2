import { z } from "zod";
import { errorCodes, SandboxError } from "../../errors/index.ts";
import {
  type ExplainRequest,
  explain,
  loadPolicyFile,
  type RuleDecision,
  resolvePolicy,
} from "../../policy/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import { durationFormat, parseDuration } from "../options/duration.ts";
import { parseIdentityOptions } from "../options/identity-options.ts";
import { positiveNumber, wholeNumber } from "../options/number-options.ts";
import { parseOptions } from "../options/parse-options.ts";
import { renderTable } from "../output/table.ts";

const texts = z.array(z.string()).readonly().optional();
const schema = z.object({
  image: z.string().optional(),
  snapshot: z.string().optional(),
  memory: wholeNumber("a size in MiB").optional(),
  cpus: positiveNumber("a number of cores").optional(),
  pids: wholeNumber("a number of processes").optional(),
  disk: wholeNumber("a size in MiB").optional(),
  openFiles: wholeNumber("a number of open files").optional(),
  ttl: z
    .string()
    .transform(parseDuration)
    .refine((value) => value !== undefined, { error: durationFormat })
    .optional(),
  profile: z.enum(["restricted", "root"], { error: "one of restricted, root" }).optional(),
  detached: z.boolean().optional(),
  egress: texts,
  secret: texts,
  env: texts,
  writePath: texts,
  user: z.string().optional(),
  command: z.string().optional(),
});

/** `policy explain`: what each rule says of a request. */
export async function explainPolicy(
  { console, globals }: ActionContext,
  { options }: { readonly options: RawOptions },
): Promise<number> {
  const { memory, ttl: ttlMs, disk, secret, env, writePath, ...rest } = parseOptions(schema, options);
  const request: ExplainRequest = withoutUndefined({
    ...rest,
    memoryMib: memory,
    diskMib: disk,
    ttlMs,
    secrets: secret,
    // A value would not be judged; people who paste one from another command are not told off for it.
    env: env?.map((text) => text.replace(/=.*$/s, "")),
    writePaths: writePath,
  });
  const { policy: file } = globals;
  if (file === undefined) throw missingPolicy();
  const policy = resolvePolicy(await loadPolicyFile(file), parseIdentityOptions(globals, options));
  const decisions = explain(policy, request);
  const isAllowed = decisions.every(({ outcome }) => outcome !== "denied");
  if (console.json)
    await console.printJson({ allowed: isAllowed, policy: policy.name, mode: policy.mode, decisions });
  else {
    const rows = decisions.map((decision) => rowOf(decision, request));
    await console.write(renderTable(["FIELD", "ASKED", "OUTCOME", "RULE", "REASON"], rows, console.style));
    if (policy.mode === "shadow")
      console.note(`the policy "${policy.name}" only watches: nothing is refused`);
  }
  return isAllowed ? 0 : errorCodes.policy_violation.exitCode;
}

function missingPolicy(): SandboxError {
  return new SandboxError(
    "invalid_argument",
    "--policy is missing; name the file of the policy that is asked.",
    {
      data: { field: "--policy" },
    },
  );
}

function rowOf({ field, outcome, rule, reason, violation }: RuleDecision, request: ExplainRequest): string[] {
  const advice = violation?.suggestion === undefined ? "" : ` ${violation.suggestion}`;
  return [field, askedFor(field, request), outcome, rule, `${reason}${advice}`];
}

/** What was asked under `egress.1` or `memoryMib`. */
function askedFor(field: string, request: ExplainRequest): string {
  const [head = "", index] = field.split(".");
  const asked: unknown = head === "cmd" ? request.command : (request as Record<string, unknown>)[head];
  if (asked === undefined) return "-";
  if (!Array.isArray(asked)) return head === "labels" ? field : String(asked);
  return head === "env" ? field.slice("env.".length) : String(asked[Number(index)] ?? "-");
}
