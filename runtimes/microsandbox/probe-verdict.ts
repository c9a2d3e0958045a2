import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { cpus, release } from "node:os";
import { join } from "node:path";
import type { BootEvidence } from "./boot-evidence.ts";
import { kvmAccess } from "./host-check.ts";

/** How long a verdict holds that may have had a passing cause. */
const failureMs = 10 * 60_000;
/** What took too long may be nothing but load. */
const slowMs = 60_000;

interface StoredVerdict {
  readonly facts: string;
  readonly writtenAt: number;
  readonly evidence: BootEvidence;
}

/** Where the verdict on guests is kept, so that it is found once and not by every process. */
export function verdictFile(home: string): string {
  return join(home, "ctx-sandbox", "probe.json");
}

/** All that can change the verdict, in one line. */
export async function hostFacts(program: string, version: string): Promise<string> {
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  const { platform, arch } = process;
  const model = cpus()[0]?.model ?? "";
  return [version, program, platform, arch, release(), boot.trim(), model, await kvmAccess()].join(" | ");
}

/** What was found before under the same facts, while it holds. */
export async function readVerdict(home: string, facts: string): Promise<BootEvidence | undefined> {
  try {
    const verdict = JSON.parse(await readFile(verdictFile(home), "utf8")) as StoredVerdict;
    if (verdict.facts !== facts) return undefined;
    if (verdict.evidence === "booted") return "booted";
    const holdsMs = typeof verdict.evidence === "string" ? slowMs : failureMs;
    const ageMs = Date.now() - verdict.writtenAt;
    return ageMs >= 0 && ageMs < holdsMs ? verdict.evidence : undefined;
  } catch {
    return undefined;
  }
}

/** Never throws: without it the next process looks for itself. */
export async function writeVerdict(home: string, facts: string, evidence: BootEvidence): Promise<void> {
  const file = verdictFile(home);
  const draft = `${file}.${randomBytes(4).toString("hex")}`;
  const verdict: StoredVerdict = { facts, writtenAt: Date.now(), evidence };
  try {
    await mkdir(join(home, "ctx-sandbox"), { recursive: true, mode: 0o700 });
    await writeFile(draft, JSON.stringify(verdict), { mode: 0o600 });
    await rename(draft, file);
  } catch {
    await rm(draft, { force: true }).catch(() => {});
  }
}
