import type { Check } from "../check.ts";

const path = "/workspace/ctx-sandbox-doctor.bin";

export const filesRoundTrip: Check = {
  name: "files-round-trip",
  title: "files go in and come out unchanged",
  attempt: async ({ sandbox, capabilities }) => {
    const content = capabilities.exactBytes
      ? Uint8Array.from({ length: 4096 }, (_, index) => index % 256)
      : new TextEncoder().encode("text with ä, € and 🙂\n".repeat(64));
    await sandbox.files.write(path, content);
    const back = await sandbox.files.readBytes(path);
    await sandbox.files.remove(path);
    const same = Buffer.compare(content, back) === 0;
    return {
      enforced: same,
      evidence: `${content.length} bytes written, ${back.length} read, ${same ? "equal" : "different"}`,
    };
  },
};
