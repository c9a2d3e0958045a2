import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { ExecTransport } from "../../../runtimes/microsandbox/exec-transport.ts";

/** A program of the host in place of the vendor's: to the transport both are pipes. */
const start = (script: string) => {
  const child = spawn("sh", ["-c", script], { stdio: "pipe" });
  return { child, transport: new ExecTransport(child) };
};

test("carries every byte both ways, and ends with the program", async () => {
  const { transport } = start("exec cat");
  const sent = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
  transport.end(sent);
  const received: Buffer[] = [];
  for await (const bytes of transport) received.push(bytes as Buffer);
  expect(Buffer.concat(received).equals(sent)).toBe(true);
});

test("a program that is not read waits, and one that does not read makes the writer wait", async () => {
  const { child, transport } = start("exec cat");
  const isAccepted = transport.write(Buffer.alloc(8 * 1024 * 1024));
  expect(isAccepted).toBe(false);
  await once(transport, "readable");
  expect(transport.readableLength).toBeLessThan(1024 * 1024);
  expect(transport.writableLength).toBeGreaterThan(0);
  transport.destroy();
  await once(child, "exit");
});

test("destroying it ends the program at once, however deaf it is", async () => {
  const { child, transport } = start("trap '' TERM HUP INT; while :; do sleep 1; done");
  transport.destroy();
  expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
});

test("a program that cannot be started is an error of the stream", async () => {
  const transport = new ExecTransport(spawn("/nowhere/msb", [], { stdio: "pipe" }));
  const [error] = (await once(transport, "error")) as [NodeJS.ErrnoException];
  expect(error.code).toBe("ENOENT");
});

test("the last words are one line that moves no cursor, and bounded", async () => {
  const { transport } = start("printf 'Traceback:\\n\\033[2Jall is\\tfine\\r\\n' >&2");
  transport.resume();
  await once(transport, "close");
  expect(transport.lastWords).toBe("[2Jall is fine");
  const flood = start("head -c 1000000 /dev/zero | tr '\\0' x >&2").transport;
  flood.resume();
  await once(flood, "close");
  expect(flood.lastWords).toHaveLength(300);
});

test("an idle one does not keep the process", async () => {
  const module = new URL("../../../runtimes/microsandbox/exec-transport.ts", import.meta.url).href;
  const program = `import { spawn } from "node:child_process";
const { ExecTransport } = await import("${module}");
const transport = new ExecTransport(spawn("cat", [], { stdio: "pipe" }));
transport.write("x");
transport.once("data", () => { transport.unref(); console.log("idle"); });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  expect(await once(child, "exit")).toEqual([0, null]);
});
