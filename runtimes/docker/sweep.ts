import type Docker from "dockerode";
import { isOwnerGone } from "../../src/util/owner.ts";
import { decodeHolderLabels, holderFilters } from "./holder-labels.ts";
import { decodeLabels } from "./labels.ts";
import { markOf, removeVolume } from "./marks.ts";
import { namespaceLabel } from "./namespace-label.ts";
import { removeContainer } from "./remove-container.ts";

/** A volume or holder younger than this may belong to a sandbox that is just being made. */
const youngestMs = 60_000;

/** Removes volumes of ours whose container is gone: workspaces and marks that an interrupted removal left. */
export async function sweepVolumes(docker: Docker, namespace: string): Promise<string[]> {
  const filters = { label: [`${namespaceLabel}=${namespace}`] };
  const { Volumes: volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) });
  if (!volumes?.length) return [];
  const containers = await docker.listContainers({ all: true, filters: JSON.stringify(filters) });
  const living = new Set(containers.map(({ Labels: labels }) => decodeLabels(labels)?.id));
  const swept: string[] = [];
  for (const volume of volumes) {
    const id = markOf(volume.Labels) ?? decodeLabels(volume.Labels)?.id;
    const { CreatedAt: createdAt } = volume as unknown as { CreatedAt?: string };
    const isYoung = createdAt !== undefined && Date.now() - Date.parse(createdAt) < youngestMs;
    if (living.has(id) || isYoung) continue;
    if (await removeVolume(docker, volume.Name)) swept.push(volume.Name);
  }
  return swept;
}

/**
 * Removes holders whose sandbox is gone, or whose owner is: they end by themselves with their owner's connection, unless the engine did not
 * see it break.
 */
export async function sweepHolders(docker: Docker, namespace: string): Promise<string[]> {
  const holders = await docker.listContainers({ all: true, filters: holderFilters(namespace) });
  if (holders.length === 0) return [];
  const filters = JSON.stringify({ label: [`${namespaceLabel}=${namespace}`] });
  const containers = await docker.listContainers({ all: true, filters });
  const living = new Set(containers.map(({ Labels: labels }) => decodeLabels(labels)?.id));
  const swept: string[] = [];
  for (const { Id: id, Names: names, Labels: labels, Created: createdSeconds } of holders) {
    const facts = decodeHolderLabels(labels);
    if (facts === undefined) continue;
    const isOrphan = !living.has(facts.sandboxId) && Date.now() - createdSeconds * 1000 >= youngestMs;
    if (!isOrphan && (facts.owner === undefined || !isOwnerGone(facts.owner))) continue;
    await removeContainer(docker.getContainer(id), facts.sandboxId);
    swept.push(names[0]?.replace(/^\//, "") ?? id);
  }
  return swept;
}
