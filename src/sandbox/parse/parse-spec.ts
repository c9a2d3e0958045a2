import { z } from "zod";
import { hostImage, hostPathProblem, isolationLevels } from "../../runtime/index.ts";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { SandboxSpec } from "../sandbox-spec.ts";
import { environment, labelMap } from "./environment.ts";
import { flag, oneOf, text, wholeNumber } from "./fields.ts";
import { parseArgument } from "./parse-argument.ts";
import { sandboxName } from "./parse-name.ts";
import { timeToLive } from "./parse-ttl.ts";

// The grammar of https://github.com/distribution/reference, with the length that its parser allows for a tag.
const nameComponent = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const registry = "(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\\[[a-fA-F0-9:]+\\])(?::[0-9]{1,5})?/";
const imageReference = new RegExp(
  `^(?:${registry})?${nameComponent}(?:/${nameComponent})*(?::[\\w][\\w.-]{0,127})?(?:@[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-fA-F0-9]{32,128})?$`,
);

/** The rule for images. */
export function imageName() {
  return text(
    (value) => value.length <= 512 && (imageReference.test(value) || isHostPlace(value)),
    "must be an OCI image reference such as python:3.11-slim or registry.example/team/image@sha256:…, or a place on the host: folder:/path, disk:/path.raw or archive:/path.tar, absolute and without . or .. in it",
  );
}

function isHostPlace(value: string): boolean {
  const place = hostImage(value);
  return place !== undefined && hostPathProblem(place.path) === undefined;
}

const cpus = z.custom<number>(
  (value) => typeof value === "number" && value >= 0.01 && value <= 1024,
  "must be a number from 0.01 to 1024",
);

/** The rule for egress lists; what each entry means is judged where it is enforced. */
function egressList() {
  const rule = text(
    (value) => /^[^\s\0]{1,512}$/.test(value),
    "must be an egress rule such as example.com, *.example.com:8443 or tcp://host:port",
  );
  return z
    .array(rule, "must be a list of egress rules")
    .max(1024, "must have at most 1024 entries")
    .readonly();
}

/** An egress list of its own. @throws {SandboxError} invalid_argument */
export function parseEgressList(list: unknown): readonly string[] {
  const schema = z.strictObject({ egress: egressList() });
  return Object.freeze([
    ...parseArgument(schema, { name: "narrowEgress", secret: [] }, { egress: list }).egress,
  ]);
}

const specFields = z.strictObject(
  {
    name: sandboxName(),
    image: imageName().optional(),
    snapshot: sandboxName().optional(),
    memoryMib: wholeNumber(16, 1_048_576).optional(),
    cpus: cpus.optional(),
    pids: wholeNumber(8, 1_048_576).optional(),
    diskMib: wholeNumber(1, 1_048_576).optional(),
    openFiles: wholeNumber(16, 1_048_576).optional(),
    env: environment().optional(),
    labels: labelMap().optional(),
    egress: egressList().optional(),
    secrets: z
      .array(
        text(
          (value) => /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/.test(value),
          "must be the logical name of a secret",
        ),
        "must be a list of names of secrets",
      )
      .max(64, "must have at most 64 entries")
      .readonly()
      .optional(),
    minimumIsolation: oneOf(isolationLevels).optional(),
    profile: oneOf(["restricted", "root"]).optional(),
    ttlMs: timeToLive().optional(),
    detached: flag().optional(),
  },
  "must be an object",
);

const specSchema = specFields.refine(({ image, snapshot }) => image === undefined || snapshot === undefined, {
  path: ["snapshot"],
  error: "cannot be given together with image: the image is the snapshot's",
});

/** A spec that holds what its type says, copied and frozen. @throws {SandboxError} invalid_argument */
export function parseSpec(spec: unknown): SandboxSpec {
  const parsed = parseArgument(specSchema, { name: "SandboxSpec", secret: ["env"] }, spec);
  return Object.freeze(withoutUndefined(parsed)) as SandboxSpec;
}
