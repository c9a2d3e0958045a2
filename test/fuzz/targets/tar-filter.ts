import assert from "node:assert/strict";
import { isSandboxError } from "../../../src/errors/index.ts";
import { filterTar } from "../../../src/sandbox/files/tar-filter.ts";
import { readTar, TarFormatError } from "../../../src/util/tar/index.ts";
import { chunked } from "../../util/tar/raw-tar.ts";
import { createArchiveModel } from "../support/archive-model.ts";
import type { FuzzTarget } from "../support/fuzz-target.ts";
import { hostileArchive } from "../support/hostile-archive.ts";
import { createTally } from "../support/tally.ts";

const bounds = { maxEntries: 8, maxBytes: 2500 };
const tally = createTally();

/** No archive brings out an entry that lies or points outside, whatever it holds; it is refused with a known error or passed. */
export const target: FuzzTarget = {
  name: "tar-filter",
  setUp: () => tally.reset(),
  run: async (random) => {
    const archive = hostileArchive(random);
    const chunks = chunked(archive, random.one([1 + random.below(50), 512, 65_536]));
    const model = createArchiveModel();
    let [entries, bytes] = [0, 0];
    try {
      for await (const entry of filterTar(readTar(chunks), { ...bounds, windows: random.oneIn(3) })) {
        model.add(entry);
        entries += 1;
        let size = 0;
        for await (const piece of entry.body) size += piece.length;
        assert.equal(size, entry.size, "a body of another size than announced");
        bytes += size;
      }
      tally.count("passed");
    } catch (error) {
      tally.count(codeOf(error));
    }
    assert.ok(entries <= bounds.maxEntries && bytes <= bounds.maxBytes, "beyond the bounds");
    model.checkLinks();
  },
  tearDown: () =>
    tally.expectEach(["passed", "unsafe_archive", "limit_exceeded", "malformed", "truncated"], 200),
};

function codeOf(error: unknown): string {
  if (error instanceof TarFormatError) return error.defect;
  if (isSandboxError(error, "unsafe_archive") || isSandboxError(error, "limit_exceeded")) return error.code;
  throw error;
}
