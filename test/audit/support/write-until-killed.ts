import { writeSync } from "node:fs";
import { fileSink } from "../../../src/audit/index.ts";
import { sampleEvent } from "./sample-event.ts";

// Writes events with 32 writers for as long as it lives, and tells on stdout of each that the sink has promised to be safe.
const [path = "", maxBytes = "", prefix = ""] = process.argv.slice(2);
const sink = fileSink({ path, maxBytes: Number(maxBytes) });
let count = 0;

async function write(): Promise<void> {
  for (;;) {
    count += 1;
    const sandbox = `${prefix}${count}`;
    await sink.write(sampleEvent({ sandbox, detail: { filler: "x".repeat(count % 400) } }));
    // To a pipe, and synchronous: what was told has left the process.
    writeSync(1, `${sandbox}\n`);
  }
}

await Promise.all(Array.from({ length: 32 }, write));
