import { getPublicSuffix } from "tldts";

const options = { allowPrivateDomains: true, extractHostname: false, validateHostname: false };

/**
 * Whether names directly below `name` belong to different people: top-level domains, `co.uk`, and what providers give out, such as
 * `github.io` (https://publicsuffix.org, its private part included). Unknown top-level domains count as well.
 */
export function isPublicSuffix(name: string): boolean {
  // `x.` finds the suffixes that the list states for every label, such as those of `*.compute.example`.
  return [name, `x.${name}`].some((candidate) => getPublicSuffix(candidate, options) === candidate);
}
