import { Worker } from "node:worker_threads";
import { lockThreads } from "../../../../runtimes/embedded/worker/lock-threads.ts";

/** Tries, in a thread such as commands run in, what a program must not be able to do, and tells the parent what came of it. */
const attempts = `
const tell = (attempt) => { try { attempt(); return "done"; } catch (error) { return error.code; } };
const results = {
  "read /etc/passwd": tell(() => require("node:fs").readFileSync("/etc/passwd")),
  "write a file": tell(() => require("node:fs").writeFileSync("/tmp/ctx-sandbox-broken-out", "")),
  "start a program": tell(() => require("node:child_process").execFileSync("true")),
  "load an addon": tell(() => process.dlopen({ exports: {} }, "/no.node")),
  "open the inspector": tell(() => { const i = require("node:inspector"); i.open(0); i.close(); }),
};`;

const freed = `const { parentPort } = require("node:worker_threads");
let result = "done";
try { require("node:fs").readFileSync("/etc/passwd"); } catch (error) { result = error.code; }
parentPort.postMessage(result);`;

const outer = `${attempts}
const threads = require("node:worker_threads");
require("node:fs").rmSync?.call;
try { require("node:fs").rmSync("/tmp/ctx-sandbox-broken-out", { force: true }); } catch {}
(async () => {
  const inner = (options) => new Promise((resolve) => {
    const thread = new threads.Worker(${JSON.stringify(freed)}, { eval: true, ...options });
    thread.once("message", resolve);
    thread.once("error", (error) => resolve(error.code));
  });
  results["read as a freed thread"] = await inner({ execArgv: [] });
  results["read as a thread with an environment"] = await inner({ env: { NODE_OPTIONS: "--no-permission" } });
  threads.parentPort.postMessage(results);
})();`;

// The lock is part of the worker's own start, so it is put in front of what breaks out.
const locked = `(${lockThreads.toString()})`;
const withLock = `const { syncBuiltinESMExports } = require("node:module"); const workerThreads = require("node:worker_threads"); const lock = ${locked}; lock();\n${outer}`;
const hasFence = process.execArgv.includes("--permission");

const thread = new Worker(hasFence ? withLock : outer, { eval: true, env: {} });
thread.once("message", (results) => process.send?.(results));
thread.once("error", (error) => process.send?.({ error: String(error) }));
