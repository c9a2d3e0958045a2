import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSandboxClient } from "ctx-sandbox";

await using client = await createSandboxClient();
console.log(`on the ${client.runtime.name} runtime (isolation: ${client.runtime.isolation})`);
await using sandbox = await client.create({ name: `files-${process.pid}` });

const host = await mkdtemp(join(tmpdir(), "ctx-sandbox-files-"));
try {
  // In: a folder of the host.
  await mkdir(join(host, "in", "texts"), { recursive: true });
  await writeFile(join(host, "in", "texts", "one.txt"), "to be or not to be\n");
  await writeFile(join(host, "in", "texts", "two.txt"), "a rose is a rose\n");
  const { files, bytes } = await sandbox.files.upload(join(host, "in"), "in");
  console.log(`  ${files} files, ${bytes} bytes went in`);

  // Work on it.
  const count = `
import collections, json, os, pathlib
texts = [path.read_text() for path in pathlib.Path("in/texts").iterdir()]
words = collections.Counter(" ".join(texts).split())
os.makedirs("out", exist_ok=True)
with open("out/words.json", "w") as file:
    json.dump(words, file)
`;
  await sandbox.python(count, { check: true });
  for (const entry of await sandbox.files.list("out")) console.log(`  ${entry.name}: ${entry.size} bytes`);

  // Out: to memory, and as a folder to the host.
  const words = JSON.parse(await sandbox.files.readText("out/words.json")) as Record<string, number>;
  console.log(`  "rose" stands there ${words.rose} times`);
  assert.equal(words.rose, 2);
  await sandbox.files.download("out", join(host, "out"));
  assert.deepEqual(JSON.parse(await readFile(join(host, "out", "words.json"), "utf8")), words);
} finally {
  await rm(host, { recursive: true, force: true });
}
