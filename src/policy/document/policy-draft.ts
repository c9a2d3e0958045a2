import { type IsolationLevel, isIsolationAtLeast, type RuntimeSpec } from "../../runtime/index.ts";
import { isCovered, readRules } from "./egress-rules.ts";
import { globCovers, isGlob } from "./glob.ts";
import { hasDigest } from "./image-digest.ts";
import { imageCovers, imageMatches } from "./image-pattern.ts";
import type { PolicyDocument, ProfileDocument } from "./policy-document.ts";
import {
  intersection,
  lowest,
  type Sourced,
  type SourcedFields,
  sourcedFields,
  sourcedList,
} from "./sourced.ts";
import { isInside } from "./write-paths.ts";

type Texts = readonly Sourced<string>[];

/** A policy in the making: what can be narrowed, each value with its place. */
export interface PolicyDraft {
  readonly mode: Sourced<"enforce" | "shadow">;
  readonly onExcess: Sourced<"refuse" | "clamp">;
  readonly images: Texts;
  readonly requireDigest: Sourced<boolean>;
  /** In the order of preference, the last being the most narrow profile's. */
  readonly defaultImages: Texts;
  readonly minimumIsolation?: Sourced<IsolationLevel>;
  readonly privileges: readonly Sourced<RuntimeSpec["profile"]>[];
  readonly detached: Sourced<boolean>;
  readonly snapshotsTake: Texts;
  readonly snapshotsUse: Texts;
  readonly egress: Texts;
  readonly egressLimits: SourcedFields;
  readonly secrets: readonly string[];
  readonly limits: SourcedFields;
  readonly envAllow: Texts;
  readonly envDeny: Texts;
  readonly users: Texts;
  readonly commandsDeny: Texts;
  readonly writePaths?: Texts;
  readonly ports: readonly Sourced<number>[];
  readonly auditRequired: Sourced<boolean>;
}

/** The document without its profiles. */
export function draftOf(document: PolicyDocument): PolicyDraft {
  const { images, egress, env, minimumIsolation, writePaths, privileges } = document;
  const scalar = <Value>(value: Value | undefined, standard: Value, origin: string): Sourced<Value> =>
    value === undefined ? { value: standard } : { value, origin };
  return {
    mode: scalar(document.mode, "enforce", "mode"),
    onExcess: scalar(document.onExcess, "refuse", "onExcess"),
    images: sourcedList(images?.allow, "images.allow"),
    requireDigest: scalar(images?.requireDigest, false, "images.requireDigest"),
    defaultImages: images?.default === undefined ? [] : [{ value: images.default, origin: "images.default" }],
    ...(minimumIsolation && { minimumIsolation: { value: minimumIsolation, origin: "minimumIsolation" } }),
    privileges: privileges === undefined ? [{ value: "restricted" }] : sourcedList(privileges, "privileges"),
    detached: scalar(document.detached, false, "detached"),
    snapshotsTake: sourcedList(document.snapshots?.take, "snapshots.take"),
    snapshotsUse: sourcedList(document.snapshots?.use, "snapshots.use"),
    egress: sourcedList(egress?.allow, "egress.allow"),
    egressLimits: sourcedFields(egress?.limits, "egress.limits"),
    secrets: Object.keys(document.secrets ?? {}),
    limits: sourcedFields(document.limits, "limits"),
    envAllow: sourcedList(env?.allow, "env.allow"),
    envDeny: sourcedList(env?.deny, "env.deny"),
    users: sourcedList(document.users, "users"),
    commandsDeny: sourcedList(document.commands?.deny, "commands.deny"),
    ...(writePaths && { writePaths: sourcedList(writePaths, "writePaths") }),
    ports: sourcedList(document.ports, "ports"),
    auditRequired: scalar(document.audit?.required, false, "audit.required"),
  };
}

/** What is left of a draft under a profile. Nothing that it says can add to the draft, whether or not it was checked. */
export function narrowed(draft: PolicyDraft, profile: ProfileDocument): PolicyDraft {
  const at = (field: string) => `profiles[${profile.name}].${field}`;
  const left = <Value>(
    list: readonly Sourced<Value>[],
    given: readonly Value[] | undefined,
    field: string,
    isCovered: (outer: readonly Value[], inner: Value) => boolean,
  ) => (given === undefined ? list : intersection(list, sourcedList(given, at(field)), isCovered));
  const { images, snapshots, egress, env, minimumIsolation: minimum, writePaths } = profile;
  const isStronger = minimum !== undefined && minimum !== draft.minimumIsolation?.value;
  const ownDefault =
    images?.default === undefined ? [] : [{ value: images.default, origin: at("images.default") }];

  return {
    ...draft,
    ...(profile.mode && { mode: { value: profile.mode, origin: at("mode") } }),
    ...(profile.onExcess && { onExcess: { value: profile.onExcess, origin: at("onExcess") } }),
    images: left(draft.images, images?.allow, "images.allow", coveredAsImage),
    ...(images?.requireDigest && { requireDigest: { value: true, origin: at("images.requireDigest") } }),
    defaultImages: [...draft.defaultImages, ...ownDefault],
    ...(isStronger && stronger(draft.minimumIsolation, { value: minimum, origin: at("minimumIsolation") })),
    privileges: left(draft.privileges, profile.privileges, "privileges", equals),
    ...(profile.detached === false && { detached: { value: false, origin: at("detached") } }),
    snapshotsTake: left(draft.snapshotsTake, snapshots?.take, "snapshots.take", coveredAs("text")),
    snapshotsUse: left(draft.snapshotsUse, snapshots?.use, "snapshots.use", coveredAs("text")),
    egress: left(draft.egress, egress?.allow, "egress.allow", coveredByRules),
    egressLimits: lowest(draft.egressLimits, sourcedFields(egress?.limits, at("egress.limits"))),
    secrets: draft.secrets.filter((name) => profile.secrets?.includes(name) ?? true),
    limits: lowest(draft.limits, sourcedFields(profile.limits, at("limits"))),
    envAllow: left(draft.envAllow, env?.allow, "env.allow", coveredAs("text")),
    envDeny: [...draft.envDeny, ...sourcedList(env?.deny, at("env.deny"))],
    users: left(
      draft.users,
      profile.users,
      "users",
      (outer, user) => outer.includes(user) || outer.includes("*"),
    ),
    commandsDeny: [...draft.commandsDeny, ...sourcedList(profile.commands?.deny, at("commands.deny"))],
    ...(writePaths && {
      writePaths:
        draft.writePaths === undefined
          ? sourcedList(writePaths, at("writePaths"))
          : left(draft.writePaths, writePaths, "writePaths", (outer, path) =>
              outer.some((folder) => isInside(path, folder)),
            ),
    }),
    ports: left(draft.ports, profile.ports, "ports", equals),
    ...(profile.audit?.required && { auditRequired: { value: true, origin: at("audit.required") } }),
  };
}

/** The image of a sandbox that names none: the most narrow one stated that is still allowed, else the first exact one. */
export function defaultImage({
  images,
  requireDigest,
  defaultImages,
}: PolicyDraft): Sourced<string> | undefined {
  const isAllowed = (image: string) =>
    (!requireDigest.value || hasDigest(image)) && images.some(({ value }) => imageMatches(value, image));
  return (
    defaultImages.findLast(({ value }) => isAllowed(value)) ??
    images.find(({ value }) => !isGlob(value) && isAllowed(value))
  );
}

function stronger(
  present: Sourced<IsolationLevel> | undefined,
  asked: Sourced<IsolationLevel>,
): { minimumIsolation: Sourced<IsolationLevel> } {
  const isWeaker = present !== undefined && isIsolationAtLeast(present.value, asked.value);
  return { minimumIsolation: isWeaker ? present : asked };
}

function equals<Value>(outer: readonly Value[], inner: Value): boolean {
  return outer.includes(inner);
}

function coveredAsImage(outer: readonly string[], inner: string): boolean {
  return outer.some((pattern) => imageCovers(pattern, inner));
}

function coveredAs(kind: "path" | "text") {
  return (outer: readonly string[], inner: string) =>
    outer.some((pattern) => globCovers(pattern, inner, kind));
}

function coveredByRules(outer: readonly string[], inner: string): boolean {
  const [rule] = readRules([inner], []).rules;
  return rule !== undefined && isCovered(readRules(outer, []).rules, rule);
}
