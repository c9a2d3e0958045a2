// Runs hostile commands on one runtime and prints, as JSON lines, how each call ended and how its host process fared meanwhile.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createSandboxClient, type ExecResult, type SandboxHandle } from "ctx-sandbox";

const [runtime = "embedded", host] = process.argv.slice(2) as ["docker" | "embedded", string?];
const timeoutMs = 4_000;
const tickMs = 50;

const bombs: Readonly<Record<string, (sandbox: SandboxHandle) => Promise<ExecResult>>> = {
  "fork bomb": (sandbox) => sandbox.shell("b() { b | b & }; b; sleep 1000", { timeoutMs }),
  "memory bomb": (sandbox) =>
    sandbox.python("held = []\nwhile True: held.append(bytearray(16 << 20))", { timeoutMs: 60_000 }),
  "output flood": (sandbox) =>
    runtime === "docker"
      ? sandbox.shell("head -c 10000000000 /dev/zero | tr '\\0' x; yes flood", { timeoutMs })
      : sandbox.python("while True: print('x' * 1000)", { timeoutMs }),
  "stubborn daemon": (sandbox) =>
    sandbox.shell(
      "trap '' TERM INT HUP; (setsid sh -c 'trap \"\" TERM; sleep 9999' &); while :; do sleep 9999; done",
      {
        timeoutMs,
      },
    ),
  "busy shell": (sandbox) => sandbox.shell("while :; do :; done", { timeoutMs }),
  "busy python": (sandbox) => sandbox.python("while True: pass", { timeoutMs }),
};

/** What a process does that only counts the ticks of a timer, and tells the count when it is asked. */
const tickerProgram = `let ticks = 0;
setInterval(() => ticks++, ${tickMs});
process.on("message", () => process.send(ticks));`;

const ticker = startTicker();
const client = await createSandboxClient({ runtime, ...(host !== undefined && { docker: { host } }) });
try {
  for (const [bomb, explode] of Object.entries(bombs)) {
    await using sandbox = await client.create({
      name: `bomb-${crypto.randomUUID().slice(0, 8)}`,
      memoryMib: 256,
    });
    await sandbox.shell("echo kept > /workspace/kept");
    const watch = await watchHost(ticker);
    const { stdout, stderr, ...facts } = await explode(sandbox);
    const hostFacts = await watch.end();
    const after = await sandbox.shell("cat /workspace/kept", { timeoutMs: 30_000 });
    const sleepers =
      runtime === "docker"
        ? await sandbox.shell("cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep -cx '999[9]'")
        : undefined;
    const lengths = { stdoutLength: stdout.length, stderrLength: stderr.length };
    console.log(
      JSON.stringify({
        bomb,
        ...facts,
        output: undefined,
        ...lengths,
        ...hostFacts,
        after: after.ok ? after.stdout : JSON.stringify(after),
        sleepers: sleepers?.stdout,
      }),
    );
  }
} finally {
  ticker.end();
  await client.close();
}

/** Counts ticks in a process of its own, for which the machine is as busy as for this one. */
function startTicker() {
  const child = spawn(process.execPath, ["-e", tickerProgram], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const count = async () => {
    child.send("count");
    return ((await once(child, "message")) as [number])[0];
  };
  return { count, end: () => child.kill("SIGKILL") };
}

/**
 * Ticks of a timer tell whether the event loop lives, against those of an idle process beside it: a machine that is busy lets neither run. The
 * largest resident size tells what the host paid.
 */
async function watchHost(ticker: ReturnType<typeof startTicker>) {
  const before = await ticker.count();
  const startedAt = Date.now();
  let ticks = 0;
  let peakRssBytes = 0;
  const timer = setInterval(() => {
    ticks++;
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
  }, tickMs);
  return {
    async end() {
      clearInterval(timer);
      const callMs = Date.now() - startedAt;
      const idleTicks = (await ticker.count()) - before;
      return {
        callMs,
        responsiveness: ticks / Math.max(1, idleTicks),
        peakRssMib: Math.round(peakRssBytes / 2 ** 20),
      };
    },
  };
}
