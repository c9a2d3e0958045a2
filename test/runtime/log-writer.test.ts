import { expect, test } from "vitest";
import { LogWriter } from "../../src/runtime/index.ts";

const commandLine = (line: string) => line.replace(/^\S+ /, "");

test("what commands print is written in batches, in order, never two at once", async () => {
  const batches: string[] = [];
  let writing = 0;
  let pendings = 0;
  const begun = Promise.withResolvers<void>();
  const write = async (bytes: Buffer) => {
    expect(++writing).toBe(1);
    begun.resolve();
    await new Promise((resolve) => setTimeout(resolve, 5));
    batches.push(bytes.toString());
    writing--;
  };
  const writer = new LogWriter(write, () => pendings++);
  await writer.flush();
  expect({ batches, pendings }).toEqual({ batches: [], pendings: 0 });
  const first = writer.command(["echo", "a b"]);
  first.output({ stream: "stdout", data: Buffer.from("a b\n") });
  const flushing = writer.flush();
  await begun.promise;
  writer.command(["true"]).exit(0);
  await Promise.all([flushing, writer.flush(), writer.flush()]);
  expect(batches.map(commandLine)).toEqual(["$ echo 'a b'\na b\n", "$ true\n[exit 0]\n"]);
  expect(pendings).toBeGreaterThanOrEqual(batches.length);
});

test("a batch that cannot be written is given up, and the next one is written", async () => {
  const batches: string[] = [];
  const writer = new LogWriter(
    async (bytes) => {
      if (batches.push(bytes.toString()) === 1) throw new Error("the disk is full");
    },
    () => {},
  );
  writer.command(["first"]);
  await writer.flush();
  writer.command(["second"]);
  await writer.flush();
  expect(batches.map(commandLine)).toEqual(["$ first\n", "$ second\n"]);
});

test("a closed one gives up what is pending", async () => {
  const batches: Buffer[] = [];
  const writer = new LogWriter(
    async (bytes) => void batches.push(bytes),
    () => {},
  );
  writer.command(["lost"]);
  writer.close();
  await writer.flush();
  expect(batches).toEqual([]);
});
