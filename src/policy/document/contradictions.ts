import { X509Certificate } from "node:crypto";
import { parseNetworks } from "../../egress/parse-network.ts";
import { isSandboxError } from "../../errors/index.ts";
import { readRules } from "./egress-rules.ts";
import { isGlob } from "./glob.ts";
import { hasDigest } from "./image-digest.ts";
import { imageMatches } from "./image-pattern.ts";
import type { PolicyDocument } from "./policy-document.ts";
import { type DocumentPath, type PlacedProblem, pathText } from "./policy-problem.ts";
import { findSecretContradictions } from "./secret-contradictions.ts";
import { isInside, writePathProblem } from "./write-paths.ts";

/** What the fields of a document, each well formed by itself, say against one another. Profiles are looked at elsewhere. */
export function findContradictions(document: PolicyDocument): PlacedProblem[] {
  const egress = readRules(document.egress?.allow ?? [], ["egress", "allow"]);
  return [
    ...imageProblems(document.images, ["images"]),
    ...egress.problems,
    ...networkProblems(document),
    ...findSecretContradictions(document, egress.rules),
    ...limitProblems(document.limits, ["limits"]),
    ...writePathProblems(document.writePaths, ["writePaths"]),
    ...rootProblems(document),
    ...repeatedPorts(document),
  ];
}

/** Of the images of a document or a profile. */
export function imageProblems(images: PolicyDocument["images"], path: DocumentPath): PlacedProblem[] {
  const { allow = [], requireDigest = false, default: standard } = images ?? {};
  const problems: PlacedProblem[] = [];
  if (requireDigest) {
    for (const [index, image] of allow.entries()) {
      if (isGlob(image) || hasDigest(image)) continue;
      const message = `${JSON.stringify(image)} has no digest, and requireDigest refuses it; write ${image}@sha256:…`;
      problems.push({ path: [...path, "allow", index], message });
    }
  }
  if (standard === undefined) return problems;
  const at = [...path, "default"];
  if (!allow.some((pattern) => imageMatches(pattern, standard))) {
    problems.push({ path: at, message: `${JSON.stringify(standard)} is not in images.allow; add it there` });
  }
  if (requireDigest && !hasDigest(standard)) {
    const message = `${JSON.stringify(standard)} has no digest, and requireDigest refuses it; write ${standard}@sha256:…`;
    problems.push({ path: at, message });
  }
  return problems;
}

/** Of the limits of a document or a profile. */
export function limitProblems(limits: PolicyDocument["limits"], path: DocumentPath): PlacedProblem[] {
  const pairs = [
    ["execMs", "lifetimeMs"],
    ["idleMs", "lifetimeMs"],
    ["sandboxes", "totalSandboxes"],
    ["execs", "totalExecs"],
  ] as const;
  return pairs.flatMap(([part, whole]) => {
    const [less = 0, more = Number.POSITIVE_INFINITY] = [limits?.[part], limits?.[whole]];
    if (less <= more) return [];
    const message = `${less} is more than ${whole} (${more}), so it can never be reached; lower it or leave it out`;
    return [{ path: [...path, part], message }];
  });
}

/** Of the write paths of a document or a profile. */
export function writePathProblems(paths: readonly string[] = [], path: DocumentPath): PlacedProblem[] {
  return paths.flatMap((folder, index) => {
    const problem = writePathProblem(folder);
    if (problem !== undefined) return [{ path: [...path, index], message: problem }];
    const around = paths.findIndex(
      (other, at) => at !== index && isInside(folder, other) && (other !== folder || at < index),
    );
    if (around === -1) return [];
    const message = `${JSON.stringify(folder)} lies in ${JSON.stringify(paths[around])}, which is in the list; remove one of them`;
    return [{ path: [...path, index], message }];
  });
}

function networkProblems({ egress }: PolicyDocument): PlacedProblem[] {
  const { openNetworks = [], certificateAuthorities = [] } = egress?.network ?? {};
  const networks = openNetworks.flatMap((network, index) => {
    const path = ["egress", "network", "openNetworks", index];
    if (/\/0+$/.test(network)) {
      return [
        {
          path,
          message: `${JSON.stringify(network)} opens every address, cloud metadata included; name the networks`,
        },
      ];
    }
    try {
      parseNetworks([network], pathText(path.slice(0, -1)));
      return [];
    } catch (error) {
      if (!isSandboxError(error, "invalid_argument")) throw error;
      return [{ path, message: error.message }];
    }
  });
  const authorities = certificateAuthorities.flatMap((pem, index) => {
    if (isCertificate(pem)) return [];
    return [
      {
        path: ["egress", "network", "certificateAuthorities", index],
        message: "is not a certificate in PEM",
      },
    ];
  });
  return [...networks, ...authorities];
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).publicKey !== undefined;
  } catch {
    return false;
  }
}

function rootProblems({ privileges = [], writePaths }: PolicyDocument): PlacedProblem[] {
  const index = privileges.indexOf("root");
  if (writePaths === undefined || index === -1) return [];
  const message = "root inside cannot be confined to writePaths; remove root here, or writePaths";
  return [{ path: ["privileges", index], message }];
}

function repeatedPorts({ ports = [] }: PolicyDocument): PlacedProblem[] {
  return ports.flatMap((port, index) =>
    ports.indexOf(port) === index
      ? []
      : [{ path: ["ports", index], message: `${port} is in the list already; remove it` }],
  );
}
