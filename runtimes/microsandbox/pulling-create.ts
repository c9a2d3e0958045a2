import type { SandboxBuilder } from "microsandbox";
import { type ErrorCode, isSandboxError, SandboxError } from "../../src/errors/index.ts";
import type { CreateOptions } from "../../src/runtime/index.ts";
import { withDeadline } from "./deadline.ts";
import { mapVendorError, vendorCode, vendorMessage } from "./errors.ts";
import { PullMeter } from "./pull-progress.ts";
import type { VendorSandbox } from "./sdk.ts";

/** The vendor's builder of a microVM. */
export type VendorBuilder = SandboxBuilder;

/** What {@link pullingCreate} needs beside the builder. */
export interface PullingCreateOptions extends CreateOptions {
  /** As the spec names it. */
  readonly image: string;
}

/** The longest pull and boot; the caller's own clock is shorter. */
const createMs = 3_600_000;

/**
 * Makes the microVM, pulling its image first. The vendor's work cannot be stopped: when the caller gives up it goes on, and a microVM
 * that it still makes is destroyed at once. That is waited for, because it cannot be found to be removed before it is made; but for a pull, which may
 * take long and makes nothing yet.
 */
export async function pullingCreate(
  builder: VendorBuilder,
  { image, onProgress, signal }: PullingCreateOptions,
): Promise<VendorSandbox> {
  const pull = { isRunning: false };
  const making = start(builder, image, pull, onProgress);
  try {
    return await withDeadline(making, createMs, `The microVM of the image ${image}`, signal);
  } catch (error) {
    if (isSandboxError(error)) {
      const late = making.then(destroyLate, () => {});
      if (signal?.aborted && !pull.isRunning) await late;
    }
    throw imageError(error, image);
  }
}

async function start(
  builder: VendorBuilder,
  image: string,
  pull: { isRunning: boolean },
  onProgress: CreateOptions["onProgress"],
): Promise<VendorSandbox> {
  const creation = await builder.createWithPullProgress();
  // Read to its end in any case: what is not read fills up and holds the pull back.
  void watch(creation, pull, onProgress && new PullMeter(image, onProgress));
  return await creation.awaitSandbox();
}

async function watch(
  progress: AsyncIterable<PullEvent>,
  pull: { isRunning: boolean },
  meter: PullMeter | undefined,
): Promise<void> {
  try {
    for await (const event of progress) {
      if (event.kind.startsWith("layer")) pull.isRunning = true;
      if (event.kind === "complete") pull.isRunning = false;
      meter?.take(event);
    }
  } catch {
    // How the pull ended is told by the sandbox.
  } finally {
    pull.isRunning = false;
  }
}

type PullEvent = Parameters<PullMeter["take"]>[0];

async function destroyLate(made: VendorSandbox): Promise<void> {
  try {
    await made.destroy({ force: true });
  } catch {}
}

/** Of what can go wrong, that which is the image's fault, or the snapshot's; the rest is the caller's to map. */
function imageError(error: unknown, image: string): unknown {
  if (isSandboxError(error)) return error;
  const code = vendorCode(error);
  const message = vendorMessage(error).replace(/\.$/, "");
  const make = (ours: ErrorCode, text: string) =>
    new SandboxError(ours, text, { data: { image }, cause: error });
  if (code === "snapshotNotFound") return make("not_found", `The snapshot is gone: ${message}.`);
  if (code !== "image" && code !== "imageNotFound") return error;
  const mapped = mapVendorError(error, `pull the image "${image}"`);
  if (mapped.code === "storage_full") return mapped;
  const isMissing =
    /not cached|not found|manifest unknown|name unknown|name invalid|invalid reference/i.test(message) &&
    !/denied|unauthorized/i.test(message);
  return isMissing
    ? make(
        "image_not_found",
        `There is no image "${image}": ${message}. Check the reference, or load it with msb load.`,
      )
    : make(
        "image_unavailable",
        `The image "${image}" could not be pulled: ${message}. Check the network and the login, or load it with msb load.`,
      );
}
