import { describe, expect, test } from "vitest";
import { peekTarHeader } from "../../../src/util/tar/index.ts";
import { chunked, rawEnd, rawPax, rawTar } from "./raw-tar.ts";

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("peekTarHeader", () => {
  const archive = rawTar({ name: "d/", type: "5" }, { name: "d/f", body: "content" });

  test.each([1, 100, 512, 4096])(
    "shows the first entry and keeps the archive whole, in chunks of %i",
    async (size) => {
      const { header, whole } = await peekTarHeader(chunked(archive, size));
      expect(header).toEqual({ name: "d/", type: "directory" });
      expect((await collect(whole)).equals(archive)).toBe(true);
    },
  );

  test.each([
    ["nothing", new Uint8Array(0)],
    ["less than a block", archive.subarray(0, 100)],
    ["an archive of nothing", rawEnd],
    ["an extension", rawTar(rawPax({ path: "x" }), {})],
    ["a damaged header", rawTar({ checksum: 1 })],
  ])("shows nothing of %s, and hands it on", async (_, bytes) => {
    const { header, whole } = await peekTarHeader(chunked(bytes));
    expect(header).toBeUndefined();
    expect((await collect(whole)).equals(bytes)).toBe(true);
  });

  test("leaves the source, though nothing more was read of it", async () => {
    let isLeft = false;
    const source = async function* () {
      try {
        yield archive;
        yield archive;
      } finally {
        isLeft = true;
      }
    };
    const { whole } = await peekTarHeader(source());
    await whole[Symbol.asyncIterator]().return?.();
    expect(isLeft).toBe(true);
  });
});
