import type Docker from "dockerode";
import { engineStatus } from "./errors.ts";
import { namespaceLabel } from "./labels.ts";

/**
 * Labels of a container cannot change, so a moved expiry is kept beside it: as an empty volume whose labels name the sandbox and the
 * new time. Every process sees it, and code inside the sandbox cannot touch it.
 */
const leaseLabel = "ctx-sandbox.lease-of";
const writtenLabel = "ctx-sandbox.written-at";
const expiryLabel = "ctx-sandbox.expires-at";

/** The expiry that leases give, by id of the sandbox; the newest lease counts, also when it shortens the life. */
export async function readLeases(docker: Docker, namespace: string, id?: string): Promise<Map<string, Date>> {
  const newest = new Map<string, { writtenAt: number; expiresAt: Date }>();
  for (const { labels } of await listLeases(docker, namespace, id)) {
    const of = labels[leaseLabel] ?? "";
    const writtenAt = Number(labels[writtenLabel]);
    const expiresAt = new Date(labels[expiryLabel] ?? Number.NaN);
    const known = newest.get(of);
    if (Number.isNaN(expiresAt.getTime()) || (known !== undefined && known.writtenAt >= writtenAt)) continue;
    newest.set(of, { writtenAt, expiresAt });
  }
  return new Map([...newest].map(([of, { expiresAt }]) => [of, expiresAt]));
}

/** Makes a lease, then drops the older ones: there is never a moment without one. */
export async function writeLease(
  docker: Docker,
  namespace: string,
  id: string,
  expiresAt: Date,
): Promise<void> {
  const older = await listLeases(docker, namespace, id);
  const writtenAt = String(Date.now());
  const name = `${namespace}.lease.${id}.${writtenAt}`;
  await docker.createVolume({
    Name: name,
    Labels: {
      [namespaceLabel]: namespace,
      [leaseLabel]: id,
      [writtenLabel]: writtenAt,
      [expiryLabel]: expiresAt.toISOString(),
    },
  });
  await Promise.all(
    older.filter((lease) => lease.name !== name).map((lease) => removeVolume(docker, lease.name)),
  );
}

/** Drops all leases of a sandbox. */
export async function removeLeases(docker: Docker, namespace: string, id: string): Promise<void> {
  const leases = await listLeases(docker, namespace, id);
  await Promise.all(leases.map(({ name }) => removeVolume(docker, name)));
}

/** Removes a volume; false when it is gone already or still in use. */
export async function removeVolume(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getVolume(name).remove();
    return true;
  } catch (error) {
    const status = engineStatus(error);
    if (status === 404 || status === 409) return false;
    throw error;
  }
}

/** The id of the sandbox that a volume is a lease of. */
export function leaseOf(labels: Readonly<Record<string, string>> | null): string | undefined {
  return labels?.[leaseLabel];
}

async function listLeases(docker: Docker, namespace: string, id: string | undefined) {
  const label = [`${namespaceLabel}=${namespace}`, id === undefined ? leaseLabel : `${leaseLabel}=${id}`];
  const { Volumes: volumes } = await docker.listVolumes({ filters: JSON.stringify({ label }) });
  return (volumes ?? []).map(({ Name: name, Labels: labels }) => ({ name, labels: labels ?? {} }));
}
