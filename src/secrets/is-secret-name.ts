const secretName = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;
const special = new Set(["__proto__", "constructor", "prototype"]);

/** Whether a text can be the logical name of a secret: a letter, then up to 127 letters, digits, `_`, `.` and `-`. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !special.has(name);
}
