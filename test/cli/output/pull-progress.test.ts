import { expect, test } from "vitest";
import { createPullProgress } from "../../../src/cli/output/pull-progress.ts";

const pull = { phase: "pull", image: "busybox:1", currentBytes: 524_288, totalBytes: 1_048_576 } as const;

function collector(isTTY: boolean) {
  const written: string[] = [];
  return { stream: { isTTY, columns: 80, write: (text: string) => written.push(text) }, written };
}

test("a terminal gets one line that is taken away", () => {
  const { stream, written } = collector(true);
  const progress = createPullProgress(stream, { silent: false });
  progress.show(pull);
  progress.show({ phase: "create", name: "box" });
  progress.clear();
  expect(written).toEqual([
    "\r\u001b[2Kctx-sandbox: pulling busybox:1: 50 % (512 KiB of 1.0 MiB)",
    "\r\u001b[2K",
  ]);
});

test("elsewhere a plain line is written, and not for every event", () => {
  const { stream, written } = collector(false);
  const progress = createPullProgress(stream, { silent: false });
  for (let event = 0; event < 100; event += 1) progress.show(pull);
  progress.clear();
  expect(written).toEqual(["ctx-sandbox: pulling busybox:1: 50 % (512 KiB of 1.0 MiB)\n"]);
});

test("nothing is shown when silent", () => {
  const { stream, written } = collector(true);
  createPullProgress(stream, { silent: true }).show(pull);
  expect(written).toEqual([]);
});
