import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { withLock } from "../lock.mjs";
import { step } from "../log.mjs";
import { isAlive, processIdentity } from "../process-identity.mjs";
import { projectFolder, projectId } from "../project.mjs";
import { findProgram } from "./debian-packages.mjs";
import { delegateCgroups } from "./delegate-cgroups.mjs";
import { callEngine, engineVersion } from "./engine-api.mjs";
import { pruneEngines } from "./prune-engines.mjs";

/** Short, because the path of a unix socket has at most 107 bytes. */
const enginesFolder = "/var/tmp";
const folderPrefix = "ctx-sandbox-engine-";
const folder = join(enginesFolder, `${folderPrefix}${projectId}`);
const pidFile = join(folder, "pid");
const containerdPidFile = join(folder, "exec", "containerd", "containerd.pid");
const logFile = join(folder, "log");
const usersFolder = join(folder, "users");

/** Where this checkout's engine answers. */
export const privateEngineAddress = `unix://${join(folder, "docker.sock")}`;

/** How long an engine may take to answer after its start, and to end after SIGTERM. */
const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;

/**
 * Starts the Docker engine of this checkout, or takes over the one that a killed run left, and cleans it of containers
 * and volumes. Images stay for the next run. Call {@link leavePrivateEngine} at the end.
 */
export async function usePrivateEngine(signal) {
  await withLock(`engine-${projectId}`, () => startHoldingLock(signal), { signal });
}

async function startHoldingLock(signal) {
  await pruneEngines(enginesFolder, folderPrefix);
  mkdirSync(usersFolder, { recursive: true });
  writeFileSync(join(folder, "checkout"), projectFolder);
  const shared = otherUsers().length > 0;
  writeFileSync(join(usersFolder, processIdentity(process.pid)), "");
  if ((await engineVersion(privateEngineAddress)) === undefined) {
    await step("docker", "starting an engine of our own", () => startEngine(signal), "started");
  }
  if (!shared) await removeLeftovers();
}

/** Stops the engine, unless another run of this checkout still uses it. Never rejects for an engine that is gone. */
export async function leavePrivateEngine() {
  await withLock(`engine-${projectId}`, async () => {
    rmSync(join(usersFolder, processIdentity(process.pid)), { force: true });
    if (otherUsers().length > 0) return;
    // An engine that ends with containers running waits for them, and leaves some behind.
    await removeLeftovers().catch(() => {});
    await stopEngine();
  });
}

/** Runs of this checkout that use the engine now, this one left out. */
function otherUsers() {
  if (!existsSync(usersFolder)) return [];
  return readdirSync(usersFolder).filter((user) => {
    if (isAlive(user)) return user !== processIdentity(process.pid);
    rmSync(join(usersFolder, user), { force: true });
    return false;
  });
}

async function startEngine(signal) {
  await stopEngine();
  delegateCgroups();
  try {
    await launch([], signal);
  } catch (error) {
    if (signal?.aborted) throw error;
    // The file system under the folder may carry no overlay; vfs works on every one.
    await stopEngine();
    await launch(["--storage-driver", "vfs"], signal);
  }
}

async function launch(options, signal) {
  const places = ["--data-root", join(folder, "data"), "--exec-root", join(folder, "exec")];
  const address = ["--host", privateEngineAddress, "--pidfile", pidFile];
  // Sandboxes have no network of the engine's, and the machine's firewall is not ours to change.
  const network = ["--bridge=none", "--iptables=false", "--ip6tables=false"];
  const log = openSync(logFile, "w");
  const engine = spawn(findProgram("dockerd"), [...places, ...address, ...network, ...options], {
    // A process group of its own: the terminal's Ctrl-C is for us, and the engine has to outlive the tests' clean-up.
    detached: true,
    stdio: ["ignore", log, log],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` },
  });
  let ended;
  engine.once("error", (error) => {
    ended = error.message;
  });
  engine.once("exit", (code, name) => {
    ended = `it ended with ${code ?? name}`;
  });
  engine.unref();
  const deadline = Date.now() + startTimeoutMs;
  while ((await engineVersion(privateEngineAddress)) === undefined) {
    if (ended === undefined && Date.now() > deadline) ended = `it did not answer within ${startTimeoutMs} ms`;
    if (ended !== undefined) throw new Error(`dockerd does not run here: ${ended}\n${readTail(logFile)}`);
    await pause(100, undefined, { signal });
  }
}

/** Ends the engine by its process id and waits until it is gone. */
async function stopEngine() {
  const pid = readEnginePid();
  if (pid !== undefined) await endProcess(pid);
  // An engine that was killed leaves these, and another then waits for what it takes for a live process.
  for (const file of [pidFile, containerdPidFile]) rmSync(file, { force: true });
}

async function endProcess(pid) {
  const identity = processIdentity(pid);
  for (const name of ["SIGTERM", "SIGKILL"]) {
    process.kill(pid, name);
    const deadline = Date.now() + stopTimeoutMs;
    while (isAlive(identity) && Date.now() < deadline) await pause(50);
    if (!isAlive(identity)) return;
  }
}

/** The engine's process id, when the process of that id is really an engine of this folder. */
function readEnginePid() {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return commandLine.includes(pidFile) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Names of the containers and volumes that the engine has. */
export async function listLeftovers() {
  const containers = JSON.parse(
    (await callEngine(privateEngineAddress, "GET", "/containers/json?all=1")).body,
  );
  const volumes = JSON.parse((await callEngine(privateEngineAddress, "GET", "/volumes")).body).Volumes ?? [];
  return {
    containers: containers.map((container) => container.Names?.[0]?.slice(1) ?? container.Id),
    volumes: volumes.map((volume) => volume.Name),
  };
}

async function removeLeftovers() {
  const { containers, volumes } = await listLeftovers();
  await Promise.all(containers.map((name) => remove(`/containers/${encodeURIComponent(name)}?force=1&v=1`)));
  await Promise.all(volumes.map((name) => remove(`/volumes/${encodeURIComponent(name)}?force=1`)));
}

function remove(path) {
  return callEngine(privateEngineAddress, "DELETE", path);
}

function readTail(file) {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-8).join("\n");
}
