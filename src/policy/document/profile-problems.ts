import { parseEgressRules } from "../../egress/egress-rule.ts";
import { isIsolationAtLeast } from "../../runtime/index.ts";
import { imageProblems, limitProblems, writePathProblems } from "./contradictions.ts";
import { isCovered, readRules } from "./egress-rules.ts";
import { globCovers } from "./glob.ts";
import { imageCovers } from "./image-pattern.ts";
import type { PolicyDocument, ProfileDocument } from "./policy-document.ts";
import type { DocumentPath, PlacedProblem } from "./policy-problem.ts";
import { isInside } from "./write-paths.ts";

/** What is wrong with the profiles: two of one name, contradictions, and everything that would widen the document. */
export function findProfileProblems(document: PolicyDocument): PlacedProblem[] {
  const { profiles = [], requireProfile = false } = document;
  const names = profiles.map(({ name }) => name);
  const problems = profiles.flatMap((profile, index) => {
    const path = ["profiles", index];
    const repeated = names.indexOf(profile.name) < index;
    return [
      ...(repeated
        ? [
            {
              path: [...path, "name"],
              message: `${profile.name} is the name of a profile above; choose another`,
            },
          ]
        : []),
      ...imageProblems(profile.images?.allow === undefined ? undefined : profile.images, [...path, "images"]),
      ...limitProblems(profile.limits, [...path, "limits"]),
      ...writePathProblems(profile.writePaths, [...path, "writePaths"]),
      ...findWidening(document, profile, path),
    ];
  });
  if (!requireProfile || profiles.length > 0) return problems;
  return [
    ...problems,
    {
      path: ["requireProfile"],
      message: "refuses every client, as there are no profiles; add them under profiles",
    },
  ];
}

function findWidening(base: PolicyDocument, profile: ProfileDocument, path: DocumentPath): PlacedProblem[] {
  const wider = (field: DocumentPath, what: string): PlacedProblem => ({
    path: [...path, ...field],
    message: `${what}, and a profile can only narrow`,
  });
  const excess = (
    field: DocumentPath,
    given: readonly string[] = [],
    isAllowed: (value: string) => boolean,
  ) =>
    given.flatMap((value, index) =>
      isAllowed(value)
        ? []
        : [wider([...field, index], `${JSON.stringify(value)} is not allowed outside the profiles`)],
    );
  const matched =
    (outer: readonly string[] = [], kind: "path" | "text") =>
    (value: string) =>
      outer.some((pattern) => globCovers(pattern, value, kind));
  const {
    images,
    snapshots,
    minimumIsolation: minimum,
    egress,
    limits,
    env,
    writePaths,
    ports,
    privileges,
    users,
  } = profile;
  const baseUsers = base.users ?? [];
  const folders = base.writePaths;

  return [
    ...excess(["images", "allow"], images?.allow, (value) =>
      (base.images?.allow ?? []).some((pattern) => imageCovers(pattern, value)),
    ),
    ...excess(["snapshots", "take"], snapshots?.take, matched(base.snapshots?.take, "text")),
    ...excess(["snapshots", "use"], snapshots?.use, matched(base.snapshots?.use, "text")),
    ...defaultImageProblems(base, profile, path),
    ...(minimum && base.minimumIsolation && !isIsolationAtLeast(minimum, base.minimumIsolation)
      ? [wider(["minimumIsolation"], `${minimum} is weaker than ${base.minimumIsolation}`)]
      : []),
    ...excess(["privileges"], privileges, (value) =>
      (base.privileges ?? ["restricted"]).some((granted) => granted === value),
    ),
    ...egressWidening(base, profile, path),
    ...numbers(egress?.limits, base.egress?.limits, ["egress", "limits"]),
    ...excess(["secrets"], profile.secrets, (name) => Object.hasOwn(base.secrets ?? {}, name)),
    ...numbers(limits, base.limits, ["limits"]),
    ...excess(["env", "allow"], env?.allow, matched(base.env?.allow, "text")),
    ...excess(["users"], users, (user) => baseUsers.includes(user) || baseUsers.includes("*")),
    ...excess(
      ["writePaths"],
      writePaths,
      (folder) => folders === undefined || folders.some((outer) => isInside(folder, outer)),
    ),
    ...(ports ?? []).flatMap((port, index) =>
      base.ports?.includes(port)
        ? []
        : [wider(["ports", index], `${port} is not allowed outside the profiles`)],
    ),
  ];

  function numbers(
    given: object | undefined,
    outer: object | undefined,
    field: DocumentPath,
  ): PlacedProblem[] {
    const bounds = Object.entries(outer ?? {});
    return Object.entries(given ?? {}).flatMap(([name, value]) => {
      const bound: unknown = bounds.find(([key]) => key === name)?.[1];
      if (typeof bound !== "number" || typeof value !== "number" || value <= bound) return [];
      return [wider([...field, name], `${value} is more than the ${bound} outside the profiles`)];
    });
  }
}

function egressWidening(
  base: PolicyDocument,
  { egress }: ProfileDocument,
  path: DocumentPath,
): PlacedProblem[] {
  if (egress?.allow === undefined) return [];
  const at = [...path, "egress", "allow"];
  const outer = readRules(base.egress?.allow ?? [], []).rules;
  const { problems } = readRules(egress.allow, at);
  const broken = new Set(problems.map((problem) => problem.path.at(-1)));
  const wider = egress.allow.flatMap((text, index) => {
    const [rule] = broken.has(index) ? [] : parseEgressRules([text]);
    if (rule === undefined || isCovered(outer, rule)) return [];
    const message = `${JSON.stringify(text)} is not covered by egress.allow outside the profiles, and a profile can only narrow`;
    return [{ path: [...at, index], message }];
  });
  return [...problems, ...wider];
}

/** A default without a list of its own must be in the list outside. */
function defaultImageProblems(
  base: PolicyDocument,
  { images }: ProfileDocument,
  path: DocumentPath,
): PlacedProblem[] {
  if (images?.default === undefined || images.allow !== undefined) return [];
  const whole = { ...base.images, ...images };
  return imageProblems(whole, [...path, "images"]).filter((problem) => problem.path.at(-1) === "default");
}
