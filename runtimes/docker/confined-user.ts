import { SandboxError } from "../../src/errors/index.ts";

/**
 * Where write paths are set, a command's user is an id other than root: root owns /dev and the folder of the certificates, and a name can be an
 * alias of root in the image. @throws {SandboxError} unsupported
 */
export function requireConfinedUser(user: string | undefined, sandbox: string): void {
  if (user === undefined || /^0*[1-9]\d*(:\d+)?$/.test(user)) return;
  throw new SandboxError(
    "unsupported",
    `user: "${user}" cannot run commands in sandbox "${sandbox}", which has write paths. Use a numeric uid or uid:gid other than root.`,
    { data: { sandbox, field: "user", capability: "writePaths" } },
  );
}
