/** Bytes of a value at most, whatever its source; AWS Secrets Manager has the same limit. */
export const maxSecretBytes = 64 << 10;
