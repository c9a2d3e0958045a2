import { describe, expect, test } from "vitest";
import { waitUntil } from "../../support/wait-until.ts";
import { startBroker } from "./support/broker-under-test.ts";
import { startTcpOrigin } from "./support/origin.ts";
import { readToEnd } from "./support/talk.ts";

const head = "HTTP/1.1 200 OK\r\n";

/** What an allowed server may answer to break the one that reads it; nothing of it may be taken for a second answer. */
const answers: Readonly<Record<string, string>> = {
  "a switch of protocols that nobody asked for":
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nraw",
  "a status below 100": "HTTP/1.1 042 No\r\nContent-Length: 0\r\n\r\n",
  "a status of four digits": "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
  "two lengths": `${head}Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde`,
  "a length and a coding": `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  "a negative length": `${head}Content-Length: -1\r\n\r\n`,
  "a chunk of a size beyond all": `${head}Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nabc`,
  "a name with a space": `${head}X y: 1\r\nContent-Length: 0\r\n\r\n`,
  "a folded field": `${head}X: 1\r\n 2\r\nContent-Length: 0\r\n\r\n`,
  "a bare line feed": "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
  "a head without an end": `${head}X: ${"a".repeat(100_000)}`,
  "interim answers without an end": "HTTP/1.1 103 Early Hints\r\nX: 1\r\n\r\n".repeat(5_000),
  "nothing like HTTP": "SSH-2.0-OpenSSH_9.6\r\n",
  "half a body": `${head}Content-Length: 10\r\n\r\nabc`,
};

describe("a hostile server that is allowed", () => {
  for (const [what, bytes] of Object.entries(answers)) {
    test(`cannot hold or confuse the broker by ${what}`, async () => {
      const origin = await startTcpOrigin((socket) => {
        socket.once("data", () => socket.end(bytes, "latin1"));
      });
      await using world = await startBroker({
        allow: [`allowed.test:${origin.port}`],
        limits: { idleMs: 5_000 },
      });
      const program = world.connect();
      program.write(
        `GET http://allowed.test:${origin.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      const answer = await readToEnd(program);
      expect(answer.match(/HTTP\/1\.1 \d/g)?.length ?? 0).toBeLessThanOrEqual(1);
      await waitUntil("nothing is left open", () => origin.open.size === 0);
      expect(world.traffic).toHaveLength(1);
      await origin.close();
    });
  }
});
