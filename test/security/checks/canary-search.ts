import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import type { Lab } from "../lab/lab.ts";

/** What a run has left, and what to look for in it. */
export interface CanarySearch {
  readonly lab: Lab;
  readonly namespace: string;
  readonly canary: string;
  /** Texts that the client gave, by name. */
  readonly texts: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly startedAt: number;
}

/** Largest temporary file that is read, and largest piece of memory read at once, in bytes. */
const largestFile = 64 << 20;
const pieceSize = 16 << 20;

/** Names of the places, outside the memory of the sandbox, in which the value stands in plain, base64 or hexadecimal form. */
export async function placesWithCanary(search: CanarySearch): Promise<readonly string[]> {
  const { lab, namespace, canary, texts, startedAt, folder } = search;
  const forms = [
    canary,
    Buffer.from(canary).toString("base64").slice(0, -4),
    Buffer.from(canary).toString("hex"),
  ];
  const places = new Map<string, string>(Object.entries(texts));
  for (const { Id, Names } of await containersOf(lab, namespace)) {
    const container = lab.docker.getContainer(Id);
    places.set(
      `inspect of ${Names.join()}`,
      inspect(await container.inspect(), { depth: null, maxStringLength: null }),
    );
    places.set(`processes of ${Names.join()}`, JSON.stringify(await container.top().catch(() => "")));
    const log = await container.logs({ stdout: true, stderr: true }).catch(() => "");
    places.set(`engine's log of ${Names.join()}`, String(log));
  }
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    places.set(`arguments of ${pid}`, readText(`/proc/${pid}/cmdline`));
    if (Number(pid) !== process.pid) places.set(`environment of ${pid}`, readText(`/proc/${pid}/environ`));
  }
  for (const path of [...filesBelow(folder, 0), ...filesBelow(tmpdir(), startedAt)])
    places.set(path, readText(path));
  return [...places].filter(([, text]) => forms.some((form) => text.includes(form))).map(([place]) => place);
}

/** Whether the value stands in the memory of any process of the sandbox's containers, read from the host as root. */
export async function isInMemory(lab: Lab, namespace: string, canary: string): Promise<boolean> {
  for (const { Id } of await containersOf(lab, namespace)) {
    const { Titles, Processes } = (await lab.docker.getContainer(Id).top()) as {
      readonly Titles: readonly string[];
      readonly Processes: readonly (readonly string[])[];
    };
    const column = Titles.indexOf("PID");
    if (Processes.some((row) => memoryHolds(Number(row[column]), Buffer.from(canary)))) return true;
  }
  return false;
}

function memoryHolds(pid: number, needle: Buffer): boolean {
  const areas = readText(`/proc/${pid}/maps`).split("\n");
  const file = openSync(`/proc/${pid}/mem`, "r");
  try {
    for (const area of areas) {
      const [, from = "0", to = "0"] = /^([0-9a-f]+)-([0-9a-f]+) r/.exec(area) ?? [];
      const [start, end] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
      for (let at = start; at < end; at += pieceSize - needle.length) {
        const piece = Buffer.alloc(Math.min(pieceSize, end - at));
        try {
          readSync(file, piece, 0, piece.length, at);
        } catch {
          // Some areas are the kernel's, and some are gone.
          break;
        }
        if (piece.includes(needle)) return true;
      }
    }
    return false;
  } finally {
    closeSync(file);
  }
}

function containersOf({ docker }: Lab, namespace: string) {
  const filters = JSON.stringify({ label: [`ctx-sandbox.namespace=${namespace}`] });
  return docker.listContainers({ all: true, filters });
}

/** Files of at most a size, changed since a moment; what is mounted below, such as a /proc of somebody's chroot, is not looked into. */
function filesBelow(folder: string, since: number): string[] {
  let names: string[];
  let device: number;
  try {
    names = readdirSync(folder);
    device = lstatSync(folder).dev;
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const path = join(folder, name);
    try {
      const facts = lstatSync(path);
      if (facts.dev !== device) return [];
      if (facts.isDirectory()) return filesBelow(path, since);
      return facts.isFile() && facts.mtimeMs >= since && facts.size <= largestFile ? [path] : [];
    } catch {
      return [];
    }
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
