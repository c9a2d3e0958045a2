/** What a policy's name may be. */
export const policyNamePattern = /^\w[\w .-]{0,63}$/;

/** A name that a policy may have, out of the name of its file or what the caller calls it. */
export function policyName(called = "policy"): string {
  const name = called.replaceAll(/[^\w .-]/g, "-").slice(0, 64);
  return policyNamePattern.test(name) ? name : "policy";
}
