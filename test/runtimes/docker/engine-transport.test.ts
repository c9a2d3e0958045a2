import { once } from "node:events";
import { duplexPair } from "node:stream";
import { expect, test } from "vitest";
import { EngineTransport } from "../../../runtimes/docker/engine-transport.ts";

function frame(stream: 1 | 2, text: string): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

async function lastWordsOf(...texts: readonly string[]): Promise<string> {
  const [near, engine] = duplexPair();
  const transport = new EngineTransport(near);
  transport.resume();
  for (const text of texts) engine.write(frame(2, text));
  engine.end();
  await once(transport, "end");
  transport.destroy();
  return transport.lastWords;
}

test("the last words are the last line, which can end up in front of people", async () => {
  expect(await lastWordsOf("Traceback:\n", "  File x\nModuleNotFoundError: no module\n")).toBe(
    "ModuleNotFoundError: no module",
  );
  expect(await lastWordsOf("\u001b[2J\u001b]0;owned\u0007all is\u202e\tfine\r")).toBe(
    "[2J ]0;owned all is fine",
  );
  expect(await lastWordsOf()).toBe("");
});

test("the last words are bounded, however much is said", async () => {
  const words = await lastWordsOf(...Array.from({ length: 100 }, () => "x".repeat(10_000)));
  expect(words.length).toBeGreaterThan(0);
  expect(words.length).toBeLessThanOrEqual(300);
});
