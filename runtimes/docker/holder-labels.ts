import type { Owner } from "../../src/runtime/index.ts";
import { recordLabel, type StoredRecord } from "./labels.ts";
import { namespaceLabel } from "./namespace-label.ts";

const holderOfLabel = "ctx-sandbox.holder-of";
const ownerLabel = "ctx-sandbox.owner";

/** Whose network a container holds, and who serves it. */
export interface HolderFacts {
  /** Id of the sandbox. */
  readonly sandboxId: string;
  readonly owner?: Owner;
}

/** On a sandbox: whatever its image says, it is no holder. */
export const noHolderLabels: Readonly<Record<string, string>> = { [holderOfLabel]: "", [ownerLabel]: "" };

/** The engine's own lock on holders. No sandbox's container has such a name: theirs go on with a dot. */
export function holderName(namespace: string, sandboxId: string): string {
  return `${namespace}_holder_${sandboxId}`;
}

/** The labels by which a holder is found, by any process. */
export function holderLabels(namespace: string, { id, owner }: StoredRecord): Record<string, string> {
  return {
    [namespaceLabel]: namespace,
    [holderOfLabel]: id,
    [ownerLabel]: owner === undefined ? "" : JSON.stringify(owner),
    [recordLabel]: "",
  };
}

/** Undefined for a container that is no holder. */
export function decodeHolderLabels(labels: Readonly<Record<string, string>>): HolderFacts | undefined {
  const sandboxId = labels[holderOfLabel];
  if (!sandboxId) return undefined;
  try {
    return { sandboxId, owner: JSON.parse(labels[ownerLabel] ?? "") as Owner };
  } catch {
    return { sandboxId };
  }
}

/** The filter of the engine's listing that finds the holders of a namespace. */
export function holderFilters(namespace: string): string {
  return JSON.stringify({ label: [`${namespaceLabel}=${namespace}`, holderOfLabel] });
}
