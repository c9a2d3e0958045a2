import type { AuditActor } from "../audit/audit-event.ts";
import type { AuditSink } from "../audit/audit-sink.ts";
import { SandboxError } from "../errors/index.ts";
import type { SandboxRuntime } from "../runtime/index.ts";
import type { PolicyDocument, PolicyFile } from "./document/index.ts";
import { overRuntime } from "./layers/over-runtime.ts";
import { parseIdentity } from "./parse-identity.ts";
import { parsePolicyOptions } from "./parse-policy-options.ts";
import type { Policy } from "./policy.ts";
import type { PolicyControl } from "./policy-control.ts";
import type { PolicyValidator } from "./validators/index.ts";

/** A platform's rules for the sandboxes of one client. */
export interface PolicyOptions {
  /**
   * The policy, or the file (YAML or JSON) that holds it, which is read once. Without one nothing is limited, no secret is granted, and
   * tenants are not kept apart.
   */
  readonly policy?: PolicyDocument | { readonly file: string };
  /** On whose behalf the client is used; chooses the profiles of the policy, and stands in each audit event. */
  readonly identity?: AuditActor;
  /** Where audit events go; the caller closes it. @default the file that the policy names, if any */
  readonly audit?: AuditSink;
  /** More judges of each request, beside the policy, such as opaValidator(). All must agree. */
  readonly validators?: readonly PolicyValidator[];
}

/** A runtime under a policy, with the platform's hold on it where there is a policy. */
export interface ConnectedPolicy {
  readonly runtime: SandboxRuntime;
  readonly control: PolicyControl | undefined;
}

/** A policy that was read and waits for its runtime. */
export interface PreparedPolicy {
  /** Undefined where only validators or an audit sink were given. */
  readonly policy: Policy | undefined;
  /**
   * Puts it around a runtime. Closing the result closes the audit file that was opened for it.
   * @throws {SandboxError} unsupported when the runtime cannot enforce it
   */
  connect(runtime: SandboxRuntime): Promise<ConnectedPolicy>;
}

/**
 * Reads the policy that the options name; undefined when they name nothing to enforce or record.
 * @throws {SandboxError} invalid_argument for anything wrong in the options or the policy, or one that requires an audit log where
 * none is given
 */
export async function preparePolicy(options: PolicyOptions): Promise<PreparedPolicy | undefined> {
  const { policy: given, audit: sink, validators = [] } = parsePolicyOptions(options);
  const actor = parseIdentity(options.identity);
  if (given === undefined && sink === undefined && validators.length === 0) return undefined;
  const file = given !== undefined && "file" in given ? await openFile(given.file) : undefined;
  const policy = given === undefined ? undefined : await resolved(file?.document ?? given, actor);
  if (policy?.audit.required && sink === undefined && policy.audit.file === undefined) throw noSink(policy);
  return { policy, connect: (runtime) => connect(runtime, policy, { actor, sink, validators, file }) };
}

async function openFile(path: string): Promise<PolicyFile> {
  const { openPolicyFile } = await import("./document/index.ts");
  return await openPolicyFile(path);
}

async function resolved(given: object, actor: AuditActor): Promise<Policy> {
  const { parsePolicy, resolvePolicy } = await import("./document/index.ts");
  return resolvePolicy(parsePolicy(given), actor);
}

async function connect(
  inner: SandboxRuntime,
  policy: Policy | undefined,
  given: {
    readonly actor: AuditActor;
    readonly sink: AuditSink | undefined;
    readonly validators: readonly PolicyValidator[];
    readonly file: PolicyFile | undefined;
  },
): Promise<ConnectedPolicy> {
  const [{ applyPolicy, recordOnly }, { createAuditLog, fileSink }, secrets] = await Promise.all([
    import("./apply-policy.ts"),
    import("../audit/index.ts"),
    import("../secrets/index.ts"),
  ]);
  const { actor, validators } = given;
  const { file, required = false, arguments: extent = "shape" } = policy?.audit ?? {};
  const ownSink = given.sink === undefined && file !== undefined ? fileSink({ path: file }) : undefined;
  const audit = createAuditLog({
    sink: given.sink ?? ownSink ?? nowhere,
    actor,
    runtime: inner.name,
    isolation: inner.capabilities.isolation,
    required,
    arguments: extent,
  });
  if (policy === undefined) {
    return { runtime: recordOnly(inner, { actor, audit, validators }), control: undefined };
  }
  const sources = Object.entries(policy.secrets).map(([name, { from }]) => [name, from] as const);
  try {
    const { runtime, control } = applyPolicy(inner, {
      policy,
      file: given.file,
      actor,
      audit,
      validators,
      store: secrets.createSecretStore(Object.fromEntries(sources)),
      newRedactor: secrets.redactor,
      isRedactable: secrets.isRedactable,
      newPlaceholder: secrets.newPlaceholder,
    });
    return { runtime: closingSink(runtime, ownSink), control };
  } catch (error) {
    await ownSink?.close().catch(() => {});
    throw error;
  }
}

const nowhere: AuditSink = { name: "nowhere", write: async () => {}, close: async () => {} };

function noSink({ name }: Policy): SandboxError {
  return new SandboxError(
    "invalid_argument",
    `The policy "${name}" requires an audit log, and there is none. Give the policy an audit.file, or the client an audit sink.`,
    { data: { field: "audit" } },
  );
}

function closingSink(runtime: SandboxRuntime, sink: AuditSink | undefined): SandboxRuntime {
  if (sink === undefined) return runtime;
  return overRuntime(runtime, {
    close: async () => {
      try {
        await runtime.close();
      } finally {
        await sink.close();
      }
    },
  });
}
