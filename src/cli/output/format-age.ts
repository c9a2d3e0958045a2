const steps = [
  { unit: "day", ms: 86_400_000 },
  { unit: "hour", ms: 3_600_000 },
  { unit: "minute", ms: 60_000 },
  { unit: "second", ms: 1_000 },
] as const;

/** A moment as people say it: `5 minutes ago`, `in 1 hour`, `now`. */
export function formatAge(moment: Date, now: Date = new Date()): string {
  const distanceMs = moment.getTime() - now.getTime();
  const step = steps.find(({ ms }) => Math.abs(distanceMs) >= ms);
  if (step === undefined) return "now";
  const count = Math.floor(Math.abs(distanceMs) / step.ms);
  const span = `${count} ${step.unit}${count === 1 ? "" : "s"}`;
  return distanceMs < 0 ? `${span} ago` : `in ${span}`;
}
