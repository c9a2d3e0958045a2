import { posix } from "node:path";
import { type ErrorCode, SandboxError } from "../errors/index.ts";
import type { FileEntry, FileStat, RuntimeFiles } from "../runtime/index.ts";
import { emptyBody, readTar, type TarEntry, writeTar } from "../util/tar/index.ts";

interface Node {
  readonly kind: "file" | "directory" | "symlink";
  readonly content: Uint8Array;
  readonly mode: number;
  readonly modifiedAt: Date;
  readonly linkTarget?: string;
}

/** A small file system in memory. Symlinks are kept and never followed. */
export class FakeFiles implements RuntimeFiles {
  readonly #nodes = new Map<string, Node>();

  constructor() {
    for (const path of ["/", "/tmp", "/workspace"]) this.#nodes.set(path, directory());
  }

  /** What a snapshot keeps of them: all but `/tmp`. */
  saved(): FakeFiles {
    const copy = new FakeFiles();
    for (const [path, node] of this.#nodes) if (!path.startsWith("/tmp/")) copy.#nodes.set(path, { ...node });
    return copy;
  }

  async stat(path: string): Promise<FileStat> {
    const { kind, content, mode, modifiedAt, linkTarget } = this.#node(path);
    return {
      kind,
      size: content.length,
      mode,
      modifiedAt,
      ...(linkTarget === undefined ? {} : { linkTarget }),
    };
  }

  async list(path: string): Promise<FileEntry[]> {
    if (this.#node(path).kind !== "directory") throw fileError("file_conflict", path, "is no folder");
    const entries = this.#children(path).map(async (child) => ({
      name: posix.basename(child),
      ...(await this.stat(child)),
    }));
    return (await Promise.all(entries)).sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async makeDirectory(path: string): Promise<void> {
    const existing = this.#nodes.get(path);
    if (existing !== undefined && existing.kind !== "directory")
      throw fileError("file_conflict", path, "is no folder");
    if (existing !== undefined) return;
    await this.makeDirectory(posix.dirname(path));
    this.#nodes.set(path, directory());
  }

  async rename(from: string, to: string): Promise<void> {
    this.#node(from);
    const moved = [...this.#nodes].filter(([path]) => path === from || path.startsWith(`${from}/`));
    for (const [path, node] of moved) {
      this.#nodes.delete(path);
      this.#nodes.set(to + path.slice(from.length), node);
    }
  }

  async remove(path: string, { recursive }: { readonly recursive: boolean }): Promise<void> {
    this.#node(path);
    if (!recursive && this.#children(path).length > 0) throw fileError("file_conflict", path, "is not empty");
    for (const name of [...this.#nodes.keys()]) {
      if (name === path || name.startsWith(`${path}/`)) this.#nodes.delete(name);
    }
  }

  /** The content of a file. */
  read(path: string): Uint8Array {
    const { kind, content } = this.#node(path);
    if (kind !== "file") throw fileError("file_conflict", path, "is no file");
    return content;
  }

  /** Replaces a file, or makes one. */
  write(path: string, content: Uint8Array, mode = 0o644): void {
    if (this.#node(posix.dirname(path)).kind !== "directory")
      throw fileError("file_conflict", path, "is in no folder");
    this.#nodes.set(path, { kind: "file", content: content.slice(), mode, modifiedAt: new Date() });
  }

  /** Adds to a file, or makes one. */
  append(path: string, content: Uint8Array): void {
    if (!this.#nodes.has(path)) this.write(path, new Uint8Array(0));
    const node = this.#node(path);
    this.#nodes.set(path, { ...node, content: joined(this.read(path), content), modifiedAt: new Date() });
  }

  /** Paths of all files. */
  paths(): string[] {
    return [...this.#nodes].filter(([, { kind }]) => kind === "file").map(([path]) => path);
  }

  async tarIn(folder: string, archive: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#node(folder).kind !== "directory") throw fileError("file_conflict", folder, "is no folder");
    for await (const entry of readTar(archive)) {
      const path = posix.join(folder, entry.name).replace(/(.)\/$/, "$1");
      if (entry.type === "directory") await this.makeDirectory(path);
      else this.#nodes.set(path, await nodeOf(entry));
    }
  }

  async *tarOut(path: string): AsyncGenerator<Uint8Array> {
    this.#node(path);
    yield* writeTar(this.#entries(path, posix.basename(path)));
  }

  async *#entries(path: string, name: string): AsyncGenerator<TarEntry> {
    const { kind, content, mode, modifiedAt, linkTarget = "" } = this.#node(path);
    const body = kind === "file" && content.length > 0 ? once(content) : emptyBody;
    yield { name, type: kind, size: content.length, mode, modifiedAt, linkName: linkTarget, body };
    for (const child of this.#children(path))
      yield* this.#entries(child, posix.join(name, posix.basename(child)));
  }

  #children(path: string): string[] {
    return [...this.#nodes.keys()].filter((name) => name !== "/" && posix.dirname(name) === path);
  }

  #node(path: string): Node {
    const node = this.#nodes.get(path);
    if (node === undefined) throw fileError("file_not_found", path, "does not exist");
    return node;
  }
}

async function nodeOf({ type, mode, modifiedAt, linkName, body }: TarEntry): Promise<Node> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  const node = { content: new Uint8Array(Buffer.concat(chunks)), mode, modifiedAt };
  return type === "symlink" ? { ...node, kind: "symlink", linkTarget: linkName } : { ...node, kind: "file" };
}

// The memory grows by doubling, so that a file that is written piece by piece takes linear time.
function joined(content: Uint8Array, added: Uint8Array): Uint8Array {
  const length = content.length + added.length;
  const fits = content.buffer.byteLength >= length;
  const whole = new Uint8Array(fits ? content.buffer : new ArrayBuffer(2 * length), 0, length);
  if (!fits) whole.set(content);
  whole.set(added, content.length);
  return whole;
}

function directory(): Node {
  return { kind: "directory", content: new Uint8Array(0), mode: 0o755, modifiedAt: new Date() };
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

function fileError(code: ErrorCode, path: string, problem: string): SandboxError {
  return new SandboxError(code, `${path} ${problem}.`, { data: { path } });
}
