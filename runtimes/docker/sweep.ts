import type Docker from "dockerode";
import { decodeLabels } from "./labels.ts";
import { markOf, removeVolume } from "./marks.ts";
import { namespaceLabel } from "./namespace-label.ts";

/** A volume younger than this may belong to a container that is just being made. */
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
