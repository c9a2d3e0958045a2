import { randomBytes } from "node:crypto";

const randomLength = 18;

/**
 * What stands for a secret's value inside one sandbox: `sbx_secret_<name>_<36 hex digits>`, with the letters and digits of the name in
 * lower case. Nobody can guess it, and no two are the same.
 */
export function newPlaceholder(name: string, random: (length: number) => Uint8Array = randomBytes): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  return `sbx_secret_${plain}_${Buffer.from(random(randomLength)).toString("hex")}`;
}
