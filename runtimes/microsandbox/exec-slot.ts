import { randomBytes } from "node:crypto";
import type { ExecHandle, ExecSink } from "microsandbox";
import { SandboxError } from "../../src/errors/index.ts";
import { withDeadline } from "./deadline.ts";
import { mapVendorError, vendorMessage } from "./errors.ts";
import { onceConnected } from "./once-connected.ts";
import type { GroupOfShell, ProcessGroups } from "./process-groups.ts";
import { sandboxScripts } from "./sandbox-scripts.ts";
import type { VendorSandbox } from "./sdk.ts";

const startDeadlineMs = 60_000;

/** How the shells of a slot are started. */
export interface SlotShell {
  readonly user: string;
  /** Capabilities that stay with root; absent for a user that has none. */
  readonly capabilities?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly openFiles: number;
  /** Arguments of the shell. */
  readonly args?: readonly string[];
}

/** A shell in a group of its own that waits for one command. It is used once. */
export interface ExecSlot {
  readonly handle: ExecHandle;
  readonly stdin: ExecSink;
  readonly group: GroupOfShell;
  /** What the shell prints before the exit code; nobody can guess it. */
  readonly mark: string;
}

/** A word that nobody can guess, always of the same length. */
export function newMark(): string {
  return randomBytes(12).toString("hex");
}

/** Starts a shell and moves it into a group. @throws {SandboxError} invalid_argument for an unknown user; unsupported */
export async function openSlot(
  vendor: VendorSandbox,
  sandbox: string,
  groups: ProcessGroups,
  shell: SlotShell,
): Promise<ExecSlot> {
  const [program, ...args] = argvOf(shell);
  const what = `The microVM of sandbox "${sandbox}"`;
  const opening = onceConnected(() =>
    vendor.execStreamWith(program, (options) =>
      options
        .args(args)
        .cwd("/")
        .user(shell.user)
        .envs({ ...shell.env })
        .rlimit("nofile", shell.openFiles)
        .rlimit("core", 0)
        .stdinPipe(),
    ),
  );
  const handle = await withDeadline(opening, startDeadlineMs, what).catch((error: unknown) => {
    throw startError(error, sandbox, shell, program);
  });
  const stdin = await handle.takeStdin();
  const started = await withDeadline(handle.recv(), startDeadlineMs, what);
  if (stdin === null || started?.kind !== "started") {
    throw startError(await reasonOf(vendor, shell, program), sandbox, shell, program);
  }
  const group = await groups.join(started.pid);
  if (group === undefined) throw notStarted(sandbox);
  return { handle, stdin, group, mark: newMark() };
}

/** A stream that could not be started just ends; a plain call tells why. */
async function reasonOf(vendor: VendorSandbox, { user }: SlotShell, program: string): Promise<unknown> {
  const args = program === "setpriv" ? ["--version"] : ["-c", ":"];
  const trying = vendor.execWith(program, (options) => options.args(args).cwd("/").user(user));
  return await withDeadline(trying, startDeadlineMs, "The microVM").then(
    () => new Error("the shell ended at once"),
    (error: unknown) => error,
  );
}

/** Lets an unused slot go. */
export function closeSlot(slot: ExecSlot, groups: ProcessGroups): void {
  slot.stdin.close().then(
    () => groups.release(slot.group),
    () => groups.release(slot.group),
  );
}

function argvOf({ capabilities, args = [] }: SlotShell): [string, ...string[]] {
  const shell: [string, ...string[]] = ["/bin/sh", "-c", sandboxScripts.launch, "sh", ...args];
  if (capabilities === undefined) return shell;
  const bounds = ["-all", ...capabilities.map((name) => `+${name}`)].join(",");
  return ["setpriv", "--bounding-set", bounds, "--inh-caps", "-all", "--no-new-privs", "--", ...shell];
}

function startError(error: unknown, sandbox: string, { user }: SlotShell, program: string): SandboxError {
  const message = vendorMessage(error);
  if (/user not found|group not found|unknown user/i.test(message)) {
    return new SandboxError(
      "invalid_argument",
      `user: "${user}" does not exist in the image. Use a numeric uid or uid:gid.`,
      { data: { field: "user", sandbox }, cause: error },
    );
  }
  if (/No such file or directory/i.test(message)) {
    const remedy =
      program === "setpriv"
        ? "The image has no setpriv (util-linux), without which nothing may run as root. Use the profile restricted, or an image that has it."
        : "The image has no /bin/sh, which a sandbox needs. Use an image with a shell.";
    return new SandboxError("unsupported", remedy, { data: { sandbox, capability: "images" }, cause: error });
  }
  return mapVendorError(error, `run a command in sandbox "${sandbox}"`, sandbox);
}

function notStarted(sandbox: string): SandboxError {
  return new SandboxError(
    "connection_lost",
    `A command of sandbox "${sandbox}" could not be started: its shell ended at once. Try again.`,
    { data: { sandbox } },
  );
}
