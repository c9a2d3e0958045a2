import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Snapshot } from "microsandbox";
import { cancelled, isSandboxError, SandboxError } from "../../src/errors/index.ts";
import type {
  CreateOptions,
  RuntimeSnapshots,
  RuntimeSpec,
  SnapshotOptions,
  SnapshotRecord,
} from "../../src/runtime/index.ts";
import { withDeadline } from "./deadline.ts";
import { mapVendorError, vendorCode, vendorMessage } from "./errors.ts";
import { type PreparedImage, type PullPolicy, prepareSnapshot } from "./image.ts";
import { namespaceLabel, type StoredRecord, vendorName } from "./labels.ts";
import type { Sdk } from "./sdk.ts";

const recordLabel = "ctx-sandbox.snapshot";
const saveDeadlineMs = 600_000;
const lookDeadlineMs = 30_000;

/** What is kept of a snapshot in a label of the vendor's; its name is the vendor's own. */
type StoredSnapshot = Pick<SnapshotRecord, "id" | "image" | "sandbox" | "labels">;

/** The snapshots of one namespace, in the vendor's store. */
export class MicrosandboxSnapshots implements RuntimeSnapshots {
  readonly #sdk: () => Promise<Sdk>;
  readonly #namespace: string;

  constructor(sdk: () => Promise<Sdk>, namespace: string) {
    this.#sdk = sdk;
    this.#namespace = namespace;
  }

  /** The vendor's name of a snapshot. */
  vendorName(name: string): string {
    return vendorName(this.#namespace, name);
  }

  /** Saves the disk of a sandbox that is stopped. */
  async take(
    name: string,
    of: Pick<StoredRecord, "image"> & { readonly sandbox: string },
    { labels = {}, signal }: SnapshotOptions = {},
  ): Promise<SnapshotRecord> {
    const { Snapshot } = await this.#sdk();
    if (signal?.aborted) throw cancelled(`The snapshot "${name}"`, signal);
    if (await this.#exists(name)) throw this.#taken(name);
    const stored: StoredSnapshot = {
      id: randomBytes(8).toString("hex"),
      image: of.image,
      sandbox: of.sandbox,
      labels,
    };
    const saving = Snapshot.builder(this.vendorName(name))
      .fromSandbox(vendorName(this.#namespace, of.sandbox))
      .label(namespaceLabel, this.#namespace)
      .label(recordLabel, JSON.stringify(stored))
      .create();
    try {
      await withDeadline(saving, saveDeadlineMs, `The snapshot "${name}"`);
    } catch (error) {
      if (/already exists/i.test(vendorMessage(error))) throw this.#taken(name, error);
      throw mapVendorError(error, `take the snapshot "${name}"`, of.sandbox);
    }
    const taken = await this.find(name);
    if (!signal?.aborted) return taken;
    await this.remove(taken);
    throw cancelled(`The snapshot "${name}"`, signal, { sandbox: of.sandbox });
  }

  /** What a sandbox is made of that begins with a snapshot. @throws {SandboxError} not_found when another has its name by now */
  async prepare(
    { snapshot = "", snapshotId, image }: Pick<RuntimeSpec, "snapshot" | "snapshotId" | "image">,
    options: CreateOptions & { readonly pull: PullPolicy },
  ): Promise<PreparedImage> {
    const requireMeant = async () => {
      const found = await this.find(snapshot);
      if (found.id !== snapshotId || found.image !== image) throw notFound(snapshot);
    };
    await requireMeant();
    const prepared = prepareSnapshot(this.vendorName(snapshot), { ...options, image });
    return {
      ...prepared,
      create: async (builder) => {
        const made = await prepared.create(builder);
        try {
          // The vendor knows it by its name alone, which another may have taken meanwhile.
          await requireMeant();
          return made;
        } catch (error) {
          await made.destroy({ force: true }).catch(() => {});
          throw error;
        }
      },
    };
  }

  async list(): Promise<SnapshotRecord[]> {
    const { Snapshot } = await this.#sdk();
    const handles = await withDeadline(Snapshot.list(), lookDeadlineMs, "The list of snapshots").catch(
      (error: unknown) => {
        throw mapVendorError(error, "list the snapshots");
      },
    );
    const prefix = this.vendorName("");
    const names = handles.flatMap(({ name }) =>
      name?.startsWith(prefix) ? [name.slice(prefix.length)] : [],
    );
    const records = await Promise.all(names.map((name) => this.find(name).catch(() => undefined)));
    return records.filter((record) => record !== undefined);
  }

  async find(name: string): Promise<SnapshotRecord> {
    return (await this.#open(name)).record;
  }

  async #open(name: string): Promise<{ readonly record: SnapshotRecord; readonly artifact: Snapshot }> {
    const { Snapshot } = await this.#sdk();
    const opening = Snapshot.open(this.vendorName(name));
    const artifact = await withDeadline(opening, lookDeadlineMs, `The snapshot "${name}"`).catch(
      (error: unknown) => {
        if (isMissing(error)) throw notFound(name, error);
        throw mapVendorError(error, `look at the snapshot "${name}"`);
      },
    );
    const stored = parseStored(new Map(artifact.labels).get(recordLabel));
    if (stored === undefined) throw notFound(name);
    const facts = { ...stored, name, runtime: "microsandbox", createdAt: new Date(artifact.createdAt) };
    const sizeBytes = await sizeOnHost(artifact);
    return { artifact, record: { ...facts, ...(sizeBytes !== undefined && { sizeBytes }) } };
  }

  async remove({ name, id }: Pick<SnapshotRecord, "name" | "id">): Promise<void> {
    const { Snapshot } = await this.#sdk();
    try {
      const { artifact, record } = await this.#open(name);
      if (record.id !== id) return;
      // By its digest, which no later one of its name has.
      const removing = Snapshot.remove(artifact.digest, { force: true });
      await withDeadline(removing, lookDeadlineMs, `The snapshot "${name}"`);
    } catch (error) {
      if (isSandboxError(error, "not_found") || isMissing(error)) return;
      throw mapVendorError(error, `remove the snapshot "${name}"`);
    }
  }

  async #exists(name: string): Promise<boolean> {
    return await this.find(name).then(
      () => true,
      () => false,
    );
  }

  #taken(name: string, cause?: unknown): SandboxError {
    return new SandboxError(
      "already_exists",
      `There is a snapshot "${name}" already. Remove it, or take another name.`,
      { data: { snapshot: name }, ...(cause !== undefined && { cause }) },
    );
  }
}

/** The vendor tells the size of the disk, most of which is holes. */
async function sizeOnHost({ state, path }: Snapshot): Promise<number | undefined> {
  if (state.kind !== "file") return undefined;
  const file = await stat(join(path, state.upper.file)).catch(() => undefined);
  return file && file.blocks * 512;
}

function isMissing(error: unknown): boolean {
  return /not found|no such|does not exist/i.test(`${vendorCode(error)} ${vendorMessage(error)}`);
}

function notFound(name: string, cause?: unknown): SandboxError {
  return new SandboxError("not_found", `There is no snapshot "${name}". List them with listSnapshots().`, {
    data: { snapshot: name },
    ...(cause !== undefined && { cause }),
  });
}

function parseStored(text: string | undefined): StoredSnapshot | undefined {
  try {
    const stored = JSON.parse(text ?? "") as StoredSnapshot;
    return typeof stored.id === "string" && typeof stored.image === "string" ? stored : undefined;
  } catch {
    return undefined;
  }
}
