/** Names and values by turns, as Node gives and takes them: order, case and repetition are kept. */
export type HeaderFields = readonly string[];

/** About one connection, not about the message (RFC 9110, 7.6.1), and what proxies are told by. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The fields that are for the other end: without those that a connection's own fields name, and without `dropped`. */
export function endToEnd(fields: HeaderFields, dropped: readonly string[] = []): string[] {
  const named = connectionOptions(fields);
  const kept: string[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = fields[index] as string;
    const key = name.toLowerCase();
    if (hopByHop.has(key) || named.includes(key) || dropped.includes(key)) continue;
    kept.push(name, fields[index + 1] as string);
  }
  return kept;
}

/** All values of one field; `name` is in lower case. */
export function valuesOf(fields: HeaderFields, name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    if ((fields[index] as string).toLowerCase() === name) values.push(fields[index + 1] as string);
  }
  return values;
}

/** The same fields with other values. */
export function mapValues(fields: HeaderFields, change: (value: string, name: string) => string): string[] {
  return fields.map((text, index) => (index % 2 === 0 ? text : change(text, fields[index - 1] as string)));
}

/** Fields that frame the message may not be named away: the server would read another message than we sent. */
const framing = ["content-length", "host"];

function connectionOptions(fields: HeaderFields): readonly string[] {
  const values = valuesOf(fields, "connection");
  // Nearly every message says just this, or nothing, and it names no field.
  if (values.every((value) => value === "keep-alive" || value === "close")) return [];
  return values
    .flatMap((value) => value.split(","))
    .map((option) => option.trim().toLowerCase())
    .filter((option) => !framing.includes(option));
}
