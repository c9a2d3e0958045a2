import { tmpdir } from "node:os";
import Docker from "dockerode";
import type { ExecOptions, ExecResult, SandboxFiles, SandboxHandle } from "../../../src/sandbox/index.ts";
import { execResult } from "../../../src/sandbox/index.ts";

/**
 * A container with every protection off: as root with capabilities, no filter of system calls, no caps, on the host's network,
 * with the host's folder for temporary files. It is what the checks of doctor must see through.
 */
export async function startUnhardenedSandbox(host: string) {
  const docker = new Docker({ socketPath: host.replace(/^unix:\/\//, "") });
  const container = await docker.createContainer({
    Image: "python:3.11-slim",
    Cmd: ["sleep", "600"],
    HostConfig: {
      NetworkMode: "host",
      SecurityOpt: ["seccomp=unconfined"],
      Binds: [`${tmpdir()}:${tmpdir()}`],
    },
  });
  const remove = () => container.remove({ force: true });
  await container.start().catch(async (error: unknown) => {
    await remove();
    throw error;
  });

  const exec = async (
    argv: readonly string[],
    { timeoutMs = 60_000 }: ExecOptions = {},
  ): Promise<ExecResult> => {
    const started = performance.now();
    const command = await container.exec({ Cmd: [...argv], AttachStdout: true, AttachStderr: true });
    const stream = await command.start({});
    const text = { stdout: "", stderr: "" };
    const sink = (name: "stdout" | "stderr") => ({
      write: (data: Buffer) => {
        text[name] += data.toString();
        return true;
      },
    });
    docker.modem.demuxStream(stream, sink("stdout") as never, sink("stderr") as never);
    // A timeout of the caller alone, which leaves all processes running.
    const timedOut = await new Promise<boolean>((resolve, reject) => {
      const timer = setTimeout(() => resolve(true), timeoutMs);
      const ended = () => {
        clearTimeout(timer);
        resolve(false);
      };
      stream.once("end", ended).once("error", reject);
    });
    if (timedOut) stream.destroy();
    const exitCode = timedOut ? 124 : ((await command.inspect()).ExitCode ?? -1);
    return execResult({ ...text, exitCode, timedOut, durationMs: performance.now() - started });
  };
  await exec(["mkdir", "-p", "/workspace"]);

  const files: Pick<SandboxFiles, "stat" | "remove"> = {
    stat: async (path) => {
      const { stdout } = await exec(["stat", "-c", "%s", path]);
      return { kind: "file", size: Number(stdout), mode: 0o644, modifiedAt: new Date() };
    },
    remove: async (path) => {
      await exec(["rm", "-f", path]);
    },
  };
  const handle: Pick<SandboxHandle, "exec" | "shell" | "python"> & { files: typeof files } = {
    exec: ((cmd: string, args: readonly string[] = [], options?: ExecOptions) =>
      exec([cmd, ...args], options)) as SandboxHandle["exec"],
    shell: ((script: string, options?: ExecOptions) =>
      exec(["sh", "-c", script], options)) as SandboxHandle["shell"],
    python: ((code: string, options?: ExecOptions) =>
      exec(["python", "-c", code], options)) as SandboxHandle["python"],
    files,
  };
  return { handle: handle as unknown as SandboxHandle, remove };
}
