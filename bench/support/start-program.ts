import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A program that runs until it is closed. */
export interface Running {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts a file of ours with Node, which prints the port that it listens on. */
export async function startFile(file: string, args: readonly string[] = []): Promise<Running> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const ends = once(child, "exit").then(([exitCode]) => {
    throw new Error(`${file} ended with ${exitCode} before it said its port`);
  });
  const [line] = (await Promise.race([once(child.stdout, "data"), ends])) as [Buffer];
  return { port: Number(line.toString().trim()), close: () => ended(child) };
}

/** Starts a program that listens on a given port, and waits until it does. */
export async function startListener(
  program: string,
  args: readonly string[],
  port: number,
): Promise<Running> {
  const child = spawn(program, args, { stdio: "ignore" });
  let failure: unknown;
  child.on("error", (error) => {
    failure = error;
  });
  const deadline = Date.now() + 20_000;
  while (!(await answers(port))) {
    if (failure !== undefined || child.exitCode !== null || Date.now() > deadline) {
      await ended(child);
      throw new Error(`it does not listen on port ${port}`, { cause: failure });
    }
    await sleep(50);
  }
  return { port, close: () => ended(child) };
}

/** A port on loopback that is free at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function ended(child: ChildProcess): Promise<void> {
  // Without a process id it never began.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const exit = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), 3_000);
  await exit;
  clearTimeout(timer);
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
