/** A value with its place in the document; no place for a default. */
export interface Sourced<Value> {
  readonly value: Value;
  readonly origin?: string;
}

/** Each entry of a list with its place. */
export function sourcedList<Value>(
  list: readonly Value[] | undefined,
  place: string,
): readonly Sourced<Value>[] {
  return (list ?? []).map((value, index) => ({ value, origin: `${place}[${index}]` }));
}

/**
 * What two lists both allow: the entries of each that are covered by one of the other. What they share only in part is left out, so that
 * nothing is allowed that one of them does not allow.
 */
export function intersection<Value>(
  one: readonly Sourced<Value>[],
  other: readonly Sourced<Value>[],
  isCovered: (outer: readonly Value[], inner: Value) => boolean,
): readonly Sourced<Value>[] {
  const values = (list: readonly Sourced<Value>[]) => list.map(({ value }) => value);
  const ofOther = other.filter(({ value }) => isCovered(values(one), value));
  const ofOne = one.filter(({ value }) => isCovered(values(other), value));
  const seen = new Set<Value>();
  return [...ofOther, ...ofOne].filter(({ value }) => !seen.has(value) && seen.add(value));
}

/** The values of fields with their places. */
export type SourcedFields = Readonly<Record<string, Sourced<unknown>>>;

/** The fields of a mapping that have a value, each with its place. */
export function sourcedFields(fields: object | undefined, place: string): SourcedFields {
  const entries = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, { value, origin: `${place}.${name}` }]));
}

/** The smaller of each number. */
export function lowest(one: SourcedFields, other: SourcedFields): SourcedFields {
  const merged = { ...one };
  for (const [name, bound] of Object.entries(other)) {
    const present = merged[name];
    if (present === undefined || (bound.value as number) < (present.value as number)) merged[name] = bound;
  }
  return merged;
}
