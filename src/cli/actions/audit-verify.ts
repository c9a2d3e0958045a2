import { readFile } from "node:fs/promises";
import { z } from "zod";
import { asciiJson, verifyAudit } from "../../audit/index.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import { auditFile } from "../options/audit-options.ts";
import { invalidOption, parseOptions } from "../options/parse-options.ts";
import { printable } from "../output/printable.ts";

const schema = z.object({ file: auditFile, keyFile: z.string().min(1).optional() });

/** EX_DATAERR of sysexits.h: the input is not what it should be. */
const exitTampered = 65;

/** `audit verify`: whether a log is as it was written. */
export async function verifyAuditLog(
  { console, signal }: ActionContext,
  { options }: { readonly options: RawOptions },
): Promise<number> {
  const { file, keyFile } = parseOptions(schema, options);
  const hmacKey = keyFile === undefined ? undefined : await readKey(keyFile);
  const result = await verifyAudit(file, { signal, ...(hmacKey !== undefined && { hmacKey }) });
  if (console.json) {
    await console.write(`${asciiJson(result)}\n`);
  } else if (result.ok) {
    const { lines, files, notes, firstSeq, last, unfinishedBytes } = result;
    const repairs = notes === 0 ? "" : `, ${notes} of them notes of repairs after a crash`;
    const cut = firstSeq === 1 ? "" : `; older lines than ${firstSeq} were rotated away`;
    await console.write(
      `${console.style("green", "whole")}: ${lines} lines in ${files} files${repairs}${cut}\nlast line: ${last.seq} ${last.hash}\n`,
    );
    if (unfinishedBytes > 0)
      console.note(`${unfinishedBytes} bytes at the end are unfinished; the writer moves them aside`);
  } else {
    const place = result.line === 0 ? result.file : `${result.file}:${result.line}`;
    await console.write(
      `${console.style("red", result.kind)}: ${printable(place)}: ${printable(result.reason)}\n`,
    );
  }
  return result.ok ? 0 : exitTampered;
}

/** The key without the line end that editors put behind it. */
async function readKey(path: string): Promise<Uint8Array> {
  let key: Buffer;
  try {
    key = await readFile(path);
  } catch (error) {
    throw invalidOption(
      "--key-file",
      path,
      `a file that can be read (${(error as NodeJS.ErrnoException).code})`,
    );
  }
  const end = key.at(-1) === 0x0a ? (key.at(-2) === 0x0d ? 2 : 1) : 0;
  return key.subarray(0, key.length - end);
}
