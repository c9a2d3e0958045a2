import { describe, expect, test } from "vitest";
import { isSandboxError } from "../../../src/errors/index.ts";
import {
  admit,
  explain,
  type PolicyDocument,
  type ProfileDocument,
  resolvePolicy,
} from "../../../src/policy/index.ts";
import { specOf } from "../support/policies.ts";

const seed = 20_260_101;
const rounds = 3_000;

/** Mulberry32. */
function generator(state: number) {
  let at = state;
  const next = () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const pick = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(next() * values.length)] as Value;
  const some = <Value>(values: readonly Value[]) => values.filter(() => next() < 0.4);
  return { pick, some, maybe: <Value>(make: () => Value) => (next() < 0.6 ? make() : undefined) };
}

const images = ["a:1", "a:*", "r/a:1", "r/*", "r/**", "**", "*"];
const hosts = [
  "a.test",
  "a.test:443",
  "b.a.test",
  "*.a.test",
  "*.b.a.test:443",
  "tcp://a.test:22",
  "tcp://*.a.test:22",
];
const variables = ["A", "AB", "A*", "*", "*B"];
const users = ["root", "u", "*"];
const folders = ["/w", "/w/a", "/w/a/b", "/x"];

type Random = ReturnType<typeof generator>;

function anyPart({ pick, some, maybe }: Random): Omit<ProfileDocument, "name" | "match"> {
  const part = {
    images: maybe(() => ({ allow: some(images) })),
    egress: maybe(() => ({ allow: some(hosts) })),
    limits: maybe(() => ({ memoryMib: pick([64, 256, 1024]), pids: pick([32, 512]) })),
    env: maybe(() => ({ allow: some(variables), deny: some(["AB", "B*"]) })),
    users: maybe(() => some(users)),
    privileges: maybe(() => some(["restricted", "root"] as const)),
    writePaths: maybe(() => [pick(folders)]),
  };
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
}

function anyRequest({ pick, some, maybe }: Random) {
  const writePaths = maybe(() => [pick(folders)]);
  return specOf({
    image: pick(["a:1", "a:2", "r/a:1", "r/s/a:1", "b"]),
    egress: some(hosts).slice(0, 2),
    env: Object.fromEntries(some(["A", "AB", "B", "CB"]).map((name) => [name, ""])),
    caps: { memoryMib: pick([16, 64, 300, 2048]), cpus: 1, pids: pick([8, 100]), diskMib: 1, openFiles: 16 },
    profile: pick(["restricted", "root"]),
    ...(writePaths && { writePaths }),
  });
}

/** The fields of a request that a document refuses; undefined when it cannot hold at all. */
function refused(document: PolicyDocument, request: ReturnType<typeof specOf>, user: string) {
  try {
    const policy = resolvePolicy(document, { tenant: "t" });
    const { decisions } = admit(policy, request, new Date(0));
    const ofUser = explain(policy, { user }).filter(({ field }) => field === "user");
    const denials = [...decisions, ...ofUser].filter(({ outcome }) => outcome === "denied");
    return new Set(denials.map(({ field }) => field));
  } catch (error) {
    if (isSandboxError(error, "invalid_argument")) return undefined;
    throw error;
  }
}

describe("profiles", () => {
  test("never grant what is refused without them, not even profiles that were never checked", () => {
    const random = generator(seed);
    let checked = 0;
    let narrowed = 0;
    for (let round = 0; round < rounds; round++) {
      const base = anyPart(random) as object as PolicyDocument;
      const profiles = [1, 2].map((n) => ({ ...anyPart(random), name: `p${n}`, match: { tenant: "*" } }));
      const request = anyRequest(random);
      const user = random.pick(["root", "u", "v"]);
      const both = refused({ ...base, profiles }, request, user);
      if (both === undefined) continue;
      // What both together grant, the document alone grants, and so does each profile that stands in its place.
      const alone = profiles.map(
        ({ name: _, match: __, ...part }) => ({ ...base, ...part }) as object as PolicyDocument,
      );
      for (const document of [base, ...alone]) {
        const wider = refused(document, request, user) ?? new Set<string>();
        const what = JSON.stringify({ seed, round, base, profiles, request, user });
        expect(
          [...wider].filter((field) => !both.has(field)),
          what,
        ).toEqual([]);
        checked++;
        if (wider.size < both.size) narrowed++;
      }
    }
    expect(checked).toBeGreaterThan(rounds);
    expect(narrowed).toBeGreaterThan(rounds / 10);
  });
});
