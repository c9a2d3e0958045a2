import { fileSink } from "../../../src/audit/index.ts";
import { sampleEvent } from "./sample-event.ts";

// Writes events, giving the lock back now and then.
const [path = "", prefix = "", rounds = "1"] = process.argv.slice(2);
for (let round = 0; round < Number(rounds); round += 1) {
  const sink = fileSink({ path, maxBytes: 20_000, lockWaitMs: 60_000 });
  for (let count = 0; count < 5; count += 1)
    await sink.write(sampleEvent({ sandbox: `${prefix}-${round}-${count}` }));
  await sink.close();
}
