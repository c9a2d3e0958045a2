import assert from "node:assert/strict";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectSame, expectStdout } from "../expectations.ts";
import { has } from "../requirement.ts";
import { readAll, someBytes } from "../streams.ts";

/** Bytes and characters of the output. */
export const encodingClauses: readonly Clause[] = clauseGroup("encodings", [
  {
    name: "characters-at-chunk-borders",
    behaviour: "characters of two to four bytes are whole wherever the pieces of the output end",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      for (const offset of [0, 1, 2, 3]) {
        const text = "a".repeat(offset) + "😀漢é".repeat(20_000);
        await handle.files.write(`${cwd}/text`, text);
        let seen = "";
        const result = await expectOk(
          handle.shell("cat text", {
            cwd,
            onStdout: (piece) => {
              seen += piece;
            },
          }),
        );
        expectSame(result.stdout, text, `offset ${offset}`);
        expectSame(seen, text, `offset ${offset}, through onStdout`);
      }
    },
  },
  {
    name: "characters-split-in-time",
    behaviour:
      "a character written in two parts with a pause between arrives whole, split at any of its bytes",
    needs: [has("streaming"), has("exactBytes")],
    async run({ shared }) {
      const handle = await shared();
      const splits = [
        ["\\303", "\\251"],
        ["\\346", "\\274\\242"],
        ["\\346\\274", "\\242"],
        ["\\360", "\\237\\230\\200"],
        ["\\360\\237", "\\230\\200"],
        ["\\360\\237\\230", "\\200"],
      ];
      const script = splits.map(([a, b]) => `printf '${a}'; sleep 0.2; printf '${b}'`).join("; sleep 0.2; ");
      let seen = "";
      const result = await expectOk(
        handle.shell(script, {
          onStdout: (piece) => {
            seen += piece;
          },
        }),
      );
      assert.equal(result.stdout, "é漢漢😀😀😀");
      assert.equal(seen, result.stdout);
    },
  },
  {
    name: "streams-decode-apart",
    behaviour: "half a character on stdout is not completed by what stderr brings",
    needs: [has("streaming"), has("exactBytes")],
    async run({ shared }) {
      const script =
        "printf '\\303'; sleep 0.2; printf '\\303' >&2; sleep 0.2; printf '\\251'; printf '\\244' >&2";
      const result = await expectOk((await shared()).shell(script));
      assert.deepEqual([result.stdout, result.stderr], ["é", "ä"]);
    },
  },
  {
    name: "invalid-bytes",
    behaviour: "invalid UTF-8 becomes U+FFFD as the standard's decoder does it, and nothing else is lost",
    needs: [has("exactBytes")],
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const samples = [
        [0x61, 0xff, 0x62],
        [0xc3],
        [0xf0, 0x9f, 0x98],
        [0x80, 0x80, 0xc3, 0xa9],
        [0xed, 0xa0, 0x80],
        [0xc0, 0xaf],
        [0xf8, 0x88, 0x80, 0x80, 0x80, 0x7a],
      ];
      for (const sample of samples) {
        const bytes = Uint8Array.from(sample);
        await handle.files.write(`${cwd}/bytes`, bytes);
        await expectStdout(handle.shell("cat bytes", { cwd }), new TextDecoder().decode(bytes));
      }
    },
  },
  {
    name: "byte-order-mark",
    behaviour: "a byte order mark in the output is kept",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      await handle.files.write(`${cwd}/marked`, "\ufefftext");
      await expectStdout(handle.shell("cat marked", { cwd }), "\ufefftext");
      assert.equal(await handle.files.readText(`${cwd}/marked`), "\ufefftext");
    },
  },
  {
    name: "nul-bytes",
    behaviour: "NUL in the output is kept",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      await handle.files.write(`${cwd}/nul`, "a\0b\0\0c");
      await expectStdout(handle.shell("cat nul", { cwd }), "a\0b\0\0c");
    },
  },
  {
    name: "output-bytes",
    behaviour: "the bytes of a spawned program's output are exactly what it wrote",
    needs: [has("exactBytes")],
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = await folder(handle);
      const bytes = someBytes(300_000);
      await handle.files.write(`${cwd}/bytes`, bytes);
      const process = await handle.spawn("cat", ["bytes"], { cwd });
      expectSame(await readAll(process.stdout), bytes);
      assert.equal((await process.wait()).exitCode, 0);
    },
  },
]);
