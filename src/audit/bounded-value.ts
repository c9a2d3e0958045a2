/** Longest text in an event, in bytes of UTF-8. */
export const maxTextBytes = 4096;

/** What one event's detail may hold in all; the rest is left out, with a mark. */
const limits = { depth: 6, entries: 64, values: 512, bytes: 32_768, keyBytes: 128 } as const;

/** What stands in the place of something left out. */
const mark = { deep: "[too deep]", more: "[more]", unreadable: "[unreadable]" } as const;

/** How much of an event is still free. */
interface Budget {
  values: number;
  bytes: number;
}

/**
 * A copy that is plain JSON and bounded in depth, in number of entries and in size, whatever it is given: objects in circles, getters
 * that throw, proxies, numbers that JSON has no word for. What was left out is marked. Never throws.
 */
export function boundedValue(value: unknown): unknown {
  return copy(value, 0, { values: limits.values, bytes: limits.bytes });
}

/** A text of at most `maxBytes`; what is cut is counted in a mark at the end. */
export function boundedText(text: string, maxBytes: number = maxTextBytes): string {
  if (text.length * 3 <= maxBytes) return text;
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return text;
  // A character takes a byte at least: what lies beyond maxBytes characters cannot fit.
  const kept = Buffer.from(text.slice(0, maxBytes)).subarray(0, maxBytes);
  let end = kept.length;
  // No character is cut in two: continuation bytes of UTF-8 are 10xxxxxx.
  if (bytes > end)
    while (end > 0 && ((Buffer.from(text.slice(0, maxBytes + 1))[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${kept.toString("utf8", 0, end)}[cut: ${bytes - end} bytes more]`;
}

function copy(value: unknown, depth: number, budget: Budget): unknown {
  budget.values -= 1;
  if (budget.values < 0 || budget.bytes <= 0) return mark.more;
  try {
    switch (typeof value) {
      case "string":
        return spend(boundedText(value), budget);
      case "number":
        return Number.isFinite(value) ? value : String(value);
      case "boolean":
        return value;
      case "bigint":
        return spend(boundedText(value.toString()), budget);
      case "object":
        return value === null ? null : copyObject(value, depth, budget);
      default:
        return `[${typeof value}]`;
    }
  } catch {
    return mark.unreadable;
  }
}

function copyObject(value: object, depth: number, budget: Budget): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= limits.depth) return mark.deep;
  if (value instanceof Error) return copy({ name: value.name, message: value.message }, depth, budget);
  if (value instanceof Map || value instanceof Set)
    return copy([...value.entries()].slice(0, limits.entries), depth, budget);
  if (Array.isArray(value)) return copyArray(value, depth, budget);
  return copyFields(value, depth, budget);
}

function copyArray(items: readonly unknown[], depth: number, budget: Budget): unknown[] {
  const count = Math.min(items.length, limits.entries);
  const copied: unknown[] = [];
  for (let index = 0; index < count && budget.values > 0; index += 1)
    copied.push(copy(items[index], depth + 1, budget));
  if (items.length > copied.length) copied.push(`[${items.length - copied.length} more]`);
  return copied;
}

function copyFields(value: object, depth: number, budget: Budget): object {
  // Without a prototype, `__proto__` is a name like any other.
  const copied: Record<string, unknown> = Object.create(null);
  const keys = Object.keys(value);
  let count = 0;
  for (const key of keys) {
    if (count >= limits.entries || budget.values <= 0) break;
    const field = readField(value, key);
    if (field === undefined) continue;
    copied[spend(boundedText(key, limits.keyBytes), budget)] = copy(field, depth + 1, budget);
    count += 1;
  }
  if (count >= limits.entries && keys.length > count) copied["[more]"] = keys.length - count;
  return copied;
}

function readField(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return mark.unreadable;
  }
}

function spend(text: string, budget: Budget): string {
  const bytes = Buffer.byteLength(text);
  if (bytes > budget.bytes) {
    const left = budget.bytes;
    budget.bytes = 0;
    return boundedText(text, left);
  }
  budget.bytes -= bytes;
  return text;
}
