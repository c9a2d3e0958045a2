/** How many names of skipped tests are worth showing beside their reason. */
const shownNames = 3;

/** One line for each reason, the most frequent first, of a list of `{ name, reason }`. */
export function explainSkips(skips) {
  const byReason = new Map();
  for (const { name, reason } of skips) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  return [...byReason]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([reason, names]) => `${reason}: ${showNames(names)}`);
}

function showNames(names) {
  const shown = names.slice(0, shownNames).join("; ");
  return names.length <= shownNames ? shown : `${names.length} tests, such as ${names[0]}`;
}
