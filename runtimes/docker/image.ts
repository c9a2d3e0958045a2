import type Docker from "dockerode";
import { cancelled, SandboxError } from "../../src/errors/index.ts";
import type { CreateOptions } from "../../src/runtime/index.ts";
import { engineMessage, engineStatus, mapEngineError } from "./errors.ts";

/** What the container's configuration needs to know of an image. */
export interface ImageFacts {
  /** Folders that the image declares as volumes. */
  readonly volumes: readonly string[];
}

/** Looks an image up on the engine, pulling it first when it is missing and `pull` allows. */
export async function ensureImage(
  docker: Docker,
  image: string,
  pull: "missing" | "never",
  options: CreateOptions,
): Promise<ImageFacts> {
  const local = await inspect(docker, image);
  if (local !== undefined) return local;
  if (pull === "never") throw notFound(image, "the engine does not have it and pulling is off", undefined);
  await pullImage(docker, image, options);
  const pulled = await inspect(docker, image);
  if (pulled === undefined) throw notFound(image, "the pull ended without it", undefined);
  return pulled;
}

async function inspect(docker: Docker, image: string): Promise<ImageFacts | undefined> {
  try {
    const facts = await docker.getImage(image).inspect();
    return { volumes: Object.keys(facts.Config?.Volumes ?? {}) };
  } catch (error) {
    if (engineStatus(error) === 404) return undefined;
    throw mapEngineError(error, `look up the image "${image}"`);
  }
}

/** One line of the engine's pull stream. */
interface PullLine {
  readonly id?: string;
  readonly error?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

async function pullImage(
  docker: Docker,
  image: string,
  { signal, onProgress }: CreateOptions,
): Promise<void> {
  const layers = new Map<string, { current: number; total: number }>();
  try {
    const stream = await docker.pull(image, signal ? { abortSignal: signal } : {});
    const abort = () => (stream as unknown as { destroy(error?: Error): void }).destroy();
    signal?.addEventListener("abort", abort, { once: true });
    try {
      for await (const line of jsonLines(stream)) {
        if (line.error !== undefined) throw new Error(line.error);
        const { current = 0, total = 0 } = line.progressDetail ?? {};
        if (line.id === undefined || total === 0) continue;
        layers.set(line.id, { current, total });
        onProgress?.({ phase: "pull", image, ...sum(layers.values()) });
      }
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  } catch (error) {
    if (signal?.aborted) throw cancelled(`The pull of "${image}"`, signal);
    throw pullError(image, error);
  }
  if (signal?.aborted) throw cancelled(`The pull of "${image}"`, signal);
}

function pullError(image: string, error: unknown): SandboxError {
  const message = engineMessage(error);
  if (
    /manifest unknown|not found|does not exist|invalid reference|repository name/i.test(message) &&
    !/denied/i.test(message)
  ) {
    return notFound(image, message, error);
  }
  const mapped = mapEngineError(error, `pull the image "${image}"`);
  if (mapped.code === "connection_lost" || mapped.code === "storage_full") return mapped;
  return new SandboxError(
    "image_unavailable",
    `The image "${image}" could not be pulled: ${message}. Check the network and the login, or load it with docker load.`,
    { data: { image }, cause: error },
  );
}

function notFound(image: string, why: string, cause: unknown): SandboxError {
  return new SandboxError(
    "image_not_found",
    `There is no image "${image}": ${why}. Check the reference, or load it with docker load or docker import.`,
    { data: { image }, cause },
  );
}

async function* jsonLines(stream: NodeJS.ReadableStream): AsyncGenerator<PullLine> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim()) yield JSON.parse(line) as PullLine;
  }
  if (rest.trim()) yield JSON.parse(rest) as PullLine;
}

function sum(layers: Iterable<{ current: number; total: number }>) {
  let currentBytes = 0;
  let totalBytes = 0;
  for (const { current, total } of layers) {
    currentBytes += current;
    totalBytes += total;
  }
  return { currentBytes, totalBytes };
}
