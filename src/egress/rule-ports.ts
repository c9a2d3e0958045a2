/** What a rule without a port opens: HTTP and HTTPS. */
export const webPorts: readonly number[] = Object.freeze([80, 443]);

/** A port as people write it, or undefined. */
export function parsePort(text: string): number | undefined {
  if (!/^[1-9]\d{0,4}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65_535 ? port : undefined;
}
