import type { PullProgressEvent } from "microsandbox";
import type { CreateOptions } from "../../src/runtime/index.ts";

/** Adds the layers of a pull up, and tells it as the sum of what has come and what is known to come. */
export class PullMeter {
  readonly #image: string;
  readonly #onProgress: NonNullable<CreateOptions["onProgress"]>;
  readonly #layers = new Map<number, { readonly current: number; readonly total: number }>();
  #announcedBytes = 0;

  constructor(image: string, onProgress: NonNullable<CreateOptions["onProgress"]>) {
    this.#image = image;
    this.#onProgress = onProgress;
  }

  /** Takes one event of the vendor's; those that say nothing of bytes change nothing. */
  take({ kind, layerIndex = 0, downloadedBytes = 0, ...event }: PullProgressEvent): void {
    // Also told of an image that is there already, so it is no sign of a pull.
    if (kind === "resolved") this.#announcedBytes = event.totalDownloadBytes ?? 0;
    if (kind === "layerDownloadProgress")
      this.#layer(layerIndex, downloadedBytes, event.totalBytes ?? downloadedBytes);
    else if (kind === "layerDownloadComplete") this.#layer(layerIndex, downloadedBytes, downloadedBytes);
  }

  #layer(index: number, current: number, total: number): void {
    this.#layers.set(index, { current, total: Math.max(current, total) });
    this.#tell();
  }

  #tell(): void {
    let currentBytes = 0;
    let knownBytes = 0;
    for (const { current, total } of this.#layers.values()) {
      currentBytes += current;
      knownBytes += total;
    }
    const totalBytes = Math.max(this.#announcedBytes, knownBytes);
    if (totalBytes > 0) this.#onProgress({ phase: "pull", image: this.#image, currentBytes, totalBytes });
  }
}
