import type Docker from "dockerode";
import { engineStatus } from "./errors.ts";
import { namespaceLabel } from "./namespace-label.ts";

/**
 * Labels of a container cannot change, so what changes in the life of a sandbox is kept beside it, as empty volumes with labels: its
 * moved expiry, and that it is stopped. Every process sees them, and code inside the sandbox cannot touch them.
 */
export interface Marks {
  readonly expiresAt?: Date;
  readonly isStopped: boolean;
}

const ofLabel = "ctx-sandbox.mark-of";
const kindLabel = "ctx-sandbox.mark";
const writtenLabel = "ctx-sandbox.written-at";
const expiryLabel = "ctx-sandbox.expires-at";

const noMarks: Marks = { isStopped: false };

/** The marks of every sandbox of the namespace, by id. */
export async function readAllMarks(docker: Docker, namespace: string): Promise<(id: string) => Marks> {
  const volumes = Map.groupBy(await listMarks(docker, namespace), ({ labels }) => labels[ofLabel] ?? "");
  return (id) => {
    const own = volumes.get(id);
    return own === undefined ? noMarks : marksIn(own.map(({ labels }) => labels));
  };
}

/** The marks of one sandbox. */
export async function readMarks(docker: Docker, namespace: string, id: string): Promise<Marks> {
  return marksIn((await listMarks(docker, namespace, id)).map(({ labels }) => labels));
}

/** Whether a sandbox is stopped: the cheapest question, asked before every command. */
export async function isMarkedStopped(docker: Docker, namespace: string, id: string): Promise<boolean> {
  try {
    await docker.getVolume(stoppedName(namespace, id)).inspect();
    return true;
  } catch (error) {
    if (engineStatus(error) === 404) return false;
    throw error;
  }
}

/** Idempotent. */
export async function markStopped(docker: Docker, namespace: string, id: string): Promise<void> {
  await writeMark(docker, stoppedName(namespace, id), namespace, id, { [kindLabel]: "stopped" });
}

/** Idempotent. */
export async function unmarkStopped(docker: Docker, namespace: string, id: string): Promise<void> {
  await removeVolume(docker, stoppedName(namespace, id));
}

/** Moves the expiry. The older marks go after the new one is there: there is never a moment without one. */
export async function markExpiry(
  docker: Docker,
  namespace: string,
  id: string,
  expiresAt: Date,
): Promise<void> {
  const older = await listMarks(docker, namespace, id);
  const writtenAt = String(Date.now());
  const name = `${namespace}.expiry.${id}.${writtenAt}`;
  const labels = { [kindLabel]: "expiry", [writtenLabel]: writtenAt, [expiryLabel]: expiresAt.toISOString() };
  await writeMark(docker, name, namespace, id, labels);
  const superseded = older.filter((mark) => mark.labels[kindLabel] === "expiry" && mark.name !== name);
  await Promise.all(superseded.map((mark) => removeVolume(docker, mark.name)));
}

/** Drops all marks of a sandbox. */
export async function removeMarks(docker: Docker, namespace: string, id: string): Promise<void> {
  const marks = await listMarks(docker, namespace, id);
  await Promise.all(marks.map(({ name }) => removeVolume(docker, name)));
}

/** The id of the sandbox that a volume is a mark of. */
export function markOf(labels: Readonly<Record<string, string>> | null): string | undefined {
  return labels?.[ofLabel];
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

/** The newest expiry counts, also when it shortens the life. */
function marksIn(labels: readonly Readonly<Record<string, string>>[]): Marks {
  const expiries = labels.filter((mark) => mark[kindLabel] === "expiry");
  const newest = expiries.sort((a, b) => Number(b[writtenLabel]) - Number(a[writtenLabel]))[0];
  const expiresAt = new Date(newest?.[expiryLabel] ?? Number.NaN);
  return {
    isStopped: labels.some((mark) => mark[kindLabel] === "stopped"),
    ...(!Number.isNaN(expiresAt.getTime()) && { expiresAt }),
  };
}

const stoppedName = (namespace: string, id: string) => `${namespace}.stopped.${id}`;

async function writeMark(
  docker: Docker,
  name: string,
  namespace: string,
  id: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  await docker.createVolume({
    Name: name,
    Labels: { ...labels, [namespaceLabel]: namespace, [ofLabel]: id },
  });
}

async function listMarks(docker: Docker, namespace: string, id?: string) {
  const label = [`${namespaceLabel}=${namespace}`, id === undefined ? ofLabel : `${ofLabel}=${id}`];
  const { Volumes: volumes } = await docker.listVolumes({ filters: JSON.stringify({ label }) });
  return (volumes ?? []).map(({ Name: name, Labels: labels }) => ({ name, labels: labels ?? {} }));
}
