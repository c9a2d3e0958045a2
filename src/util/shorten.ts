/** A text for a message: cut to `maxLength` characters, with the number of what is left out. */
export function shorten(text: string, maxLength = 80): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength).toWellFormed()}… (${text.length} characters)`;
}
