import type { Duplex } from "node:stream";
import type { Container, Exec } from "dockerode";
import { SandboxError } from "../../src/errors/index.ts";
import { engineMessage, mapEngineError } from "./errors.ts";

/** What the engine is to run inside the container. */
export interface ExecRequest {
  readonly argv: readonly string[];
  readonly env?: readonly string[];
  readonly user: string;
  readonly stdin: boolean;
}

/** A started exec and the raw socket with its multiplexed streams. */
export interface ExecSession {
  readonly exec: Exec;
  readonly socket: Duplex;
}

/** Creates and starts an exec, unless `mayStart` throws in between. The two calls are one step here, so that execs opened ahead of time can take its place. */
export async function startExec(
  container: Container,
  sandbox: string,
  request: ExecRequest,
  mayStart: () => Promise<void> = async () => {},
): Promise<ExecSession> {
  try {
    const exec = await container.exec({
      Cmd: [...request.argv],
      Env: [...(request.env ?? [])],
      User: request.user,
      AttachStdin: request.stdin,
      AttachStdout: true,
      AttachStderr: true,
    });
    await mayStart();
    const socket = await exec.start({ hijack: true, stdin: true });
    return { exec, socket };
  } catch (error) {
    throw execError(error, sandbox, request.user);
  }
}

/** Why the engine did not start a command. */
export function execError(error: unknown, sandbox: string, user: string): SandboxError {
  if (/unable to find user|no matching entries|linux spec user/i.test(engineMessage(error))) {
    return new SandboxError(
      "invalid_argument",
      `user: "${user}" does not exist in the image. Use a numeric uid or uid:gid.`,
      { data: { field: "user", sandbox }, cause: error },
    );
  }
  return mapEngineError(error, `run a command in sandbox "${sandbox}"`, sandbox);
}
