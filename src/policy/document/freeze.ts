/** A copy of plain data that cannot be changed; functions are kept, fields without a value left out. */
export function frozenCopy<Value>(value: Value): Value {
  if (Array.isArray(value)) return Object.freeze(value.map((entry) => frozenCopy(entry))) as Value;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.freeze(Object.fromEntries(entries.map(([key, entry]) => [key, frozenCopy(entry)]))) as Value;
}
