import { SandboxLog } from "../../../../runtimes/microsandbox/sandbox-log.ts";

/** Logs commands in a process of its own: `node log-program.ts FILE NAME COUNT`, then goes on until it is killed when COUNT is 0. */
const [file = "", name = "", count = "0"] = process.argv.slice(2);
const log = new SandboxLog(file, new Set(), async () => true);
for (let index = 0; count === "0" || index < Number(count); index++) {
  const entry = log.command(["echo", `${name}-${index}`]);
  entry.output({ stream: "stdout", data: Buffer.from(`${name}-${index} ${"x".repeat(200)}\n`) });
  entry.exit(0);
  await log.flush();
}
log.close();
