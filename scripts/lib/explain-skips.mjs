/** One line for each reason, the most frequent first, of a list of `{ name, reason }`. */
export function explainSkips(skips) {
  const byReason = new Map();
  for (const { name, reason } of skips) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  return [...byReason]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([reason, names]) => `${reason}: ${showNames(names, reason)}`);
}

function showNames([first, ...others], reason) {
  const shown = first.replace(`[${reason}]`, "").trim();
  return others.length === 0 ? shown : `${others.length + 1} tests, such as ${shown}`;
}
