// Runs hostile commands on one runtime and prints, as JSON lines, how each call ended and how its host process fared meanwhile.
import { createSandboxClient, type ExecResult, type SandboxHandle } from "ctx-sandbox";

const [runtime = "embedded", host] = process.argv.slice(2) as ["docker" | "embedded", string?];
const timeoutMs = 4_000;

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

const client = await createSandboxClient({ runtime, ...(host !== undefined && { docker: { host } }) });
try {
  for (const [bomb, explode] of Object.entries(bombs)) {
    await using sandbox = await client.create({
      name: `bomb-${crypto.randomUUID().slice(0, 8)}`,
      memoryMib: 256,
    });
    await sandbox.shell("echo kept > /workspace/kept");
    const watch = watchHost();
    const { stdout, stderr, ...facts } = await explode(sandbox);
    const hostFacts = watch.end();
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
        after: after.stdout,
        sleepers: sleepers?.stdout,
      }),
    );
  }
} finally {
  await client.close();
}

/** Ticks of a timer tell whether the event loop lives; the largest resident size tells what the host paid. */
function watchHost() {
  const startedAt = Date.now();
  let ticks = 0;
  let peakRssBytes = 0;
  const timer = setInterval(() => {
    ticks++;
    peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
  }, 50);
  return {
    end() {
      clearInterval(timer);
      const callMs = Date.now() - startedAt;
      return {
        callMs,
        responsiveness: ticks / (callMs / 50),
        peakRssMib: Math.round(peakRssBytes / 2 ** 20),
      };
    },
  };
}
