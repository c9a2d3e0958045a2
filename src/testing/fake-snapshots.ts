import { SandboxError } from "../errors/index.ts";
import type {
  OperationOptions,
  RuntimeSnapshots,
  RuntimeSpec,
  SandboxRecord,
  SnapshotRecord,
} from "../runtime/index.ts";
import type { FakeFaults } from "./fake-faults.ts";
import { FakeFiles } from "./fake-files.ts";

interface FakeSnapshot {
  readonly record: SnapshotRecord;
  readonly files: FakeFiles;
}

/** The snapshots of a fake runtime. */
export class FakeSnapshots implements RuntimeSnapshots {
  readonly #faults: FakeFaults;
  readonly #taken = new Map<string, FakeSnapshot>();
  #count = 0;

  constructor(faults: FakeFaults) {
    this.#faults = faults;
  }

  async list({ signal }: OperationOptions = {}): Promise<SnapshotRecord[]> {
    await this.#enter(signal);
    return [...this.#taken.values()].map(({ record }) => record);
  }

  async find(name: string, { signal }: OperationOptions = {}): Promise<SnapshotRecord> {
    await this.#enter(signal);
    return this.#find(name).record;
  }

  async remove(
    { name, id }: Pick<SnapshotRecord, "name" | "id">,
    options: OperationOptions = {},
  ): Promise<void> {
    await this.#enter(options.signal);
    if (this.#taken.get(name)?.record.id === id) this.#taken.delete(name);
  }

  take(
    name: string,
    source: {
      readonly record: SandboxRecord;
      readonly files: FakeFiles;
      readonly labels: SnapshotRecord["labels"];
    },
  ): SnapshotRecord {
    if (this.#taken.has(name))
      throw new SandboxError("already_exists", `A snapshot named ${name} exists already.`);
    const { runtime, image, name: sandbox } = source.record;
    this.#count += 1;
    const facts = { name, id: `snapshot-${this.#count}`, runtime, image, sandbox };
    const record = Object.freeze({ ...facts, labels: source.labels, createdAt: new Date() });
    this.#taken.set(name, { record, files: source.files.saved() });
    return record;
  }

  /** The files that a new sandbox begins with. @throws {SandboxError} not_found */
  filesFor({
    snapshot,
    snapshotId,
    image,
  }: Pick<RuntimeSpec, "snapshot" | "snapshotId" | "image">): FakeFiles {
    if (snapshot === undefined) return new FakeFiles();
    const { record, files } = this.#find(snapshot);
    if (record.id !== snapshotId || record.image !== image) throw missing(snapshot);
    return files.saved();
  }

  #find(name: string): FakeSnapshot {
    const found = this.#taken.get(name);
    if (found === undefined) throw missing(name);
    return found;
  }

  async #enter(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) throw new SandboxError("cancelled", "The signal fired.", { cause: signal.reason });
    await this.#faults.enter("snapshots");
  }
}

function missing(name: string): SandboxError {
  return new SandboxError("not_found", `There is no snapshot named ${name}.`, { data: { snapshot: name } });
}
