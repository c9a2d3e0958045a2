/** Addresses of the fake internet. It answers at every address; these are the ones with a meaning. */
export const addresses = {
  nameServer: "203.0.113.53",
  allowed: "203.0.113.10",
  other: "203.0.113.20",
  attacker: "203.0.113.66",
  /** Open to nobody: not in the network that the policy opens. */
  outsideOpenNetwork: "198.51.100.200",
  metadata: "169.254.169.254",
} as const;

/** The network that the policy opens, so that the documentation addresses count as public. */
export const openNetwork = "203.0.113.0/24";

/** What a name resolves to, for its type of record. A list of lists is given out in turn, one list an answer. */
interface ZoneEntry {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  readonly turns?: readonly string[];
}

const zone: Readonly<Record<string, ZoneEntry>> = {
  "allowed.test": { a: [addresses.allowed] },
  "api.test": { a: [addresses.other] },
  "second.test": { a: [addresses.other] },
  "evil.test": { a: [addresses.attacker] },
  "xallowed.test": { a: [addresses.attacker] },
  "metadata.google.internal": { a: [addresses.metadata] },
  // Names that a rule allows and whose owner points them at what is not his.
  "loopback.test": { a: ["127.0.0.1"] },
  "private.test": { a: ["10.0.0.5"] },
  "link-local.test": { a: [addresses.metadata] },
  "neighbour.test": { a: [addresses.outsideOpenNetwork] },
  "mapped.test": { aaaa: ["::ffff:169.254.169.254"] },
  "translated.test": { aaaa: ["::ffff:0:a9fe:a9fe"] },
  "nat64.test": { aaaa: ["64:ff9b::a9fe:a9fe"] },
  "six-to-four.test": { aaaa: ["2002:a9fe:a9fe::1"] },
  "unique-local.test": { aaaa: ["fd00:ec2::254"] },
  "flip.test": { turns: [addresses.allowed, "127.0.0.1"] },
};

const typeA = 1;
const typeAaaa = 28;

/** Answers for the zone; it keeps count of the turns. */
export function createZone(): (name: string, type: number) => readonly string[] | undefined {
  const asked = new Map<string, number>();
  return (name, type) => {
    const entry = zone[name] ?? parentEntry(name);
    if (entry === undefined) return undefined;
    if (entry.turns !== undefined && type === typeA) {
      const turn = asked.get(name) ?? 0;
      asked.set(name, turn + 1);
      return [entry.turns[turn % entry.turns.length] ?? ""];
    }
    return (type === typeA ? entry.a : type === typeAaaa ? entry.aaaa : []) ?? [];
  };
}

/** Everything below a name of the zone is where the name is. */
function parentEntry(name: string): ZoneEntry | undefined {
  const parent = Object.keys(zone).find((candidate) => name.endsWith(`.${candidate}`));
  return parent === undefined ? undefined : zone[parent];
}
