import { expect, test } from "vitest";
import { PullMeter } from "../../../runtimes/microsandbox/pull-progress.ts";
import type { ProgressEvent } from "../../../src/runtime/index.ts";

test("adds the layers up, and tells nothing before a byte is known", () => {
  const seen: ProgressEvent[] = [];
  const meter = new PullMeter("x:1", (event) => seen.push(event));
  meter.take({ kind: "resolving", reference: "x:1" });
  meter.take({ kind: "resolved", reference: "x:1", layerCount: 2, totalDownloadBytes: 100 });
  meter.take({ kind: "layerDownloadProgress", layerIndex: 0, downloadedBytes: 10, totalBytes: 60 });
  meter.take({ kind: "layerDownloadProgress", layerIndex: 1, downloadedBytes: 5 });
  meter.take({ kind: "layerDownloadComplete", layerIndex: 1, downloadedBytes: 50 });
  meter.take({ kind: "stitchComplete" });
  const bytes = seen.map((event) => event.phase === "pull" && [event.currentBytes, event.totalBytes]);
  expect(bytes).toEqual([
    [10, 100],
    [15, 100],
    [60, 110],
  ]);
});

test("a pull of unknown size is told by what has come", () => {
  const seen: ProgressEvent[] = [];
  const meter = new PullMeter("x:1", (event) => seen.push(event));
  meter.take({ kind: "resolved", reference: "x:1", layerCount: 1 });
  meter.take({ kind: "layerDownloadProgress", layerIndex: 0, downloadedBytes: 7 });
  expect(seen).toEqual([{ phase: "pull", image: "x:1", currentBytes: 7, totalBytes: 7 }]);
});
