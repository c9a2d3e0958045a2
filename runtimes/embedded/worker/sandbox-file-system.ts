import { posix } from "node:path";
import type { CpOptions, FileContent, IFileSystem, MkdirOptions, RmOptions } from "just-bash";
import type { FileFacts } from "../supervisor/file-facts.ts";
import type { CapturedOutput } from "./captured-output.ts";
import type { FileClient } from "./file-client.ts";
import type { AsRedirectionFailure } from "./redirection-failure.ts";

type EncodingOption = { readonly encoding?: string | null } | string | undefined;
type Facts = Awaited<ReturnType<IFileSystem["stat"]>>;

/** What a thread remembers of a program. */
export type ProgramFacts = Facts;

/** What the file system of a command is made of. */
export interface SandboxFileSystemParts {
  readonly files: FileClient;
  readonly output: CapturedOutput;
  /** Shared by the commands of a thread. */
  readonly programs: Map<string, ProgramFacts | undefined>;
  readonly asFailure: AsRedirectionFailure;
}

/** The folders whose content never changes, so that a thread asks only once. */
const lastingPath = /^\/(?:usr\/)?bin\/[^/]+$/;
const maxRemembered = 1_000;

/** The file system that one command of the interpreter sees: the supervisor's file tree, and the command's own output. */
export class SandboxFileSystem implements IFileSystem {
  readonly #files: FileClient;
  readonly #output: CapturedOutput;
  readonly #programs: Map<string, Facts | undefined>;
  readonly #asFailure: AsRedirectionFailure;

  constructor({ files, output, programs, asFailure }: SandboxFileSystemParts) {
    this.#files = files;
    this.#output = output;
    this.#programs = programs;
    this.#asFailure = asFailure;
  }

  async readFile(path: string, options?: EncodingOption): Promise<string> {
    return textOf(await this.readFileBuffer(path), options);
  }

  async readFileBytes(path: string): ReturnType<NonNullable<IFileSystem["readFileBytes"]>> {
    type Bytes = Awaited<ReturnType<NonNullable<IFileSystem["readFileBytes"]>>>;
    return textOf(await this.readFileBuffer(path), "latin1") as unknown as Bytes;
  }

  async readFileBuffer(path: string): Promise<Uint8Array> {
    return this.#output.owns(path) ? new Uint8Array() : await this.#files.call("read", path);
  }

  async writeFile(path: string, content: FileContent, options?: EncodingOption): Promise<void> {
    await this.#put("write", path, bytesOf(content, options));
  }

  async appendFile(path: string, content: FileContent, options?: EncodingOption): Promise<void> {
    await this.#put("append", path, bytesOf(content, options));
  }

  async exists(path: string): Promise<boolean> {
    if (this.#output.owns(path)) return true;
    if (lastingPath.test(path)) return (await this.#program(path)) !== undefined;
    return await this.#files.call("exists", path);
  }

  async stat(path: string): Promise<Facts> {
    if (this.#output.owns(path)) return statOf(outputFacts);
    const remembered = lastingPath.test(path) ? await this.#program(path) : undefined;
    return remembered ?? statOf(await this.#files.call("stat", path));
  }

  async lstat(path: string): Promise<Facts> {
    return statOf(await this.#files.call("lstat", path));
  }

  async mkdir(path: string, options?: MkdirOptions): Promise<void> {
    await this.#files.call("makeDirectory", path, options?.recursive === true);
  }

  async readdir(path: string): Promise<string[]> {
    return (await this.#files.call("list", path)).map(({ name }) => name);
  }

  async readdirWithFileTypes(path: string) {
    return (await this.#files.call("list", path)).map(({ name, facts }) => ({ name, ...kindOf(facts) }));
  }

  async rm(path: string, options?: RmOptions): Promise<void> {
    const { recursive = false, force = false } = options ?? {};
    await this.#files.call("remove", path, { recursive, force });
  }

  async cp(from: string, to: string, options?: CpOptions): Promise<void> {
    await this.#files.call("copy", from, to, options?.recursive === true);
  }

  async mv(from: string, to: string): Promise<void> {
    await this.#files.call("rename", from, to);
  }

  resolvePath(base: string, path: string): string {
    return posix.resolve(base, path);
  }

  getAllPaths(): string[] {
    return this.#files.callBlocking("allPaths");
  }

  async chmod(path: string, mode: number): Promise<void> {
    await this.#files.call("chmod", path, mode);
  }

  async symlink(target: string, path: string): Promise<void> {
    await this.#files.call("symlink", target, path);
  }

  async link(existingPath: string, path: string): Promise<void> {
    await this.#files.call("link", existingPath, path);
  }

  async readlink(path: string): Promise<string> {
    return await this.#files.call("readlink", path);
  }

  async realpath(path: string): Promise<string> {
    return await this.#files.call("realpath", path);
  }

  async utimes(path: string, _accessed: Date, modified: Date): Promise<void> {
    await this.#files.call("setModified", path, modified.getTime());
  }

  async #put(method: "write" | "append", path: string, data: Uint8Array): Promise<void> {
    if (this.#output.take(path, data)) return;
    try {
      await this.#files.call(method, path, data);
    } catch (error) {
      throw this.#asFailure(error as Error, path);
    }
  }

  async #program(path: string): Promise<Facts | undefined> {
    if (this.#programs.has(path)) return this.#programs.get(path);
    const facts = await this.#files.call("stat", path).then(statOf, () => undefined);
    if (this.#programs.size < maxRemembered) this.#programs.set(path, facts);
    return facts;
  }
}

const outputFacts: FileFacts = { kind: "file", size: 0, mode: 0o666, modifiedMs: 0, id: 0 };

function statOf(facts: FileFacts): Facts {
  const { mode, size, modifiedMs, id } = facts;
  return {
    ...kindOf(facts),
    mode,
    size,
    mtime: new Date(modifiedMs),
    dev: 1,
    ino: id,
    identity: `tree:${id}`,
  };
}

function kindOf({ kind }: FileFacts) {
  return { isFile: kind === "file", isDirectory: kind === "directory", isSymbolicLink: kind === "symlink" };
}

function textOf(bytes: Uint8Array, options: EncodingOption): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encodingOf(options));
}

function bytesOf(content: FileContent, options: EncodingOption): Uint8Array {
  return typeof content === "string" ? Buffer.from(content, encodingOf(options)) : content;
}

function encodingOf(options: EncodingOption): BufferEncoding {
  const encoding = typeof options === "string" ? options : options?.encoding;
  return encoding === "binary" || encoding === "latin1" || encoding === "base64" || encoding === "hex"
    ? encoding
    : "utf8";
}
