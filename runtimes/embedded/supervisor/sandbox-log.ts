/** Bytes of one command's output that are logged; the rest is counted. */
const commandLimitBytes = 64 << 10;
/** Bytes of the whole log; the oldest go. */
const logLimitBytes = 1 << 20;
const newline = 0x0a;

/** What was run in a sandbox and what it printed. */
export class SandboxLog {
  #pieces: Uint8Array[] = [];
  #start = 0;
  #end = 0;
  #waiting: (() => void)[] = [];

  /** Notes a command; the result is told its end. */
  command(argv: readonly string[]): {
    end(output: { readonly stdout: Uint8Array; readonly stderr: Uint8Array }, exitCode: number): void;
  } {
    this.#append(Buffer.from(`${new Date().toISOString()} $ ${argv.map(quoted).join(" ")}\n`));
    return {
      end: ({ stdout, stderr }, exitCode) => {
        const kept = Buffer.concat([
          stdout.subarray(0, commandLimitBytes),
          stderr.subarray(0, commandLimitBytes),
        ]);
        const droppedBytes = stdout.length + stderr.length - kept.length;
        const dropped = droppedBytes > 0 ? ` (${droppedBytes} bytes of output not logged)` : "";
        const end = `${kept.length === 0 || kept.at(-1) === newline ? "" : "\n"}[exit ${exitCode}]${dropped}\n`;
        this.#append(Buffer.concat([kept, Buffer.from(end)]));
      },
    };
  }

  /** Where the last so many lines begin. */
  cursorOf(tail: number): number {
    const bytes = Buffer.concat(this.#pieces);
    let place = bytes.length;
    for (let lines = 0; place > 0; place--) {
      if (bytes[place - 1] === newline && place < bytes.length && ++lines === tail) break;
    }
    return tail === 0 ? this.#end : this.#start + place;
  }

  /** What there is from the place on, and the place after it. */
  read(cursor: number): { data: Uint8Array; cursor: number } {
    const skip = Math.max(0, cursor - this.#start);
    return { data: Buffer.concat(this.#pieces).subarray(skip), cursor: this.#end };
  }

  /** Resolves when something is added behind the place, or the followers are sent home. */
  async waitBeyond(cursor: number): Promise<void> {
    if (this.#end > cursor) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Wakes whoever waits. */
  wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #append(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#end += bytes.length;
    while (this.#end - this.#start > logLimitBytes) {
      this.#start += this.#pieces.shift()?.length ?? 0;
    }
    this.wake();
  }
}

/** An argument as a person would type it; long ones are cut. */
function quoted(argument: string): string {
  const short = argument.length > 2_000 ? `${argument.slice(0, 2_000)}…` : argument;
  return /^[\w@%+=:,./-]+$/.test(short) ? short : `'${short.replaceAll("'", "'\\''")}'`;
}
