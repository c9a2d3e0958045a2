import type { AuditActor } from "../../audit/audit-event.ts";
import { PolicyViolation, SandboxError } from "../../errors/index.ts";
import type { Policy, PolicyLimits, PolicySecret } from "../policy.ts";
import { reachesOverTls, readRules } from "./egress-rules.ts";
import { frozenCopy } from "./freeze.ts";
import { matchesIdentity } from "./match-profile.ts";
import type { PolicyDocument, SecretDocument } from "./policy-document.ts";
import { defaultImage, draftOf, narrowed, type PolicyDraft } from "./policy-draft.ts";
import type { Sourced, SourcedFields } from "./sourced.ts";

/**
 * What holds for one identity: the document narrowed by every profile that matches it. `document` comes from `parsePolicy` or
 * `loadPolicyFile`. The identity is the platform's word; nothing that an agent says is in it.
 * @throws {PolicyViolation} when no profile matches and the document has `requireProfile`
 * @throws {SandboxError} invalid_argument when profiles that match together leave no folder to write to
 */
export function resolvePolicy(document: PolicyDocument, identity: AuditActor = {}): Policy {
  const profiles = (document.profiles ?? []).filter(({ match }) => matchesIdentity(match, identity));
  const name = [document.name ?? "policy", ...profiles.map((profile) => profile.name)].join(" + ");
  if (document.requireProfile && profiles.length === 0) throw noProfile(name);
  const draft = profiles.reduce(narrowed, draftOf(document));
  if (draft.writePaths?.length === 0) {
    throw new SandboxError(
      "invalid_argument",
      `The profiles of the policy "${name}" together leave no folder to write to; make their writePaths meet.`,
      { data: { field: "writePaths" } },
    );
  }
  return complete(document, draft, name);
}

function complete(document: PolicyDocument, draft: PolicyDraft, name: string): Policy {
  const image = defaultImage(draft);
  const { minimumIsolation, writePaths } = draft;
  const egress = values(draft.egress);
  return frozenCopy({
    name,
    mode: draft.mode.value,
    onExcess: draft.onExcess.value,
    images: {
      allow: values(draft.images),
      requireDigest: draft.requireDigest.value,
      ...(image && { default: image.value }),
    },
    ...(minimumIsolation && { minimumIsolation: minimumIsolation.value }),
    privileges: values(draft.privileges),
    detached: draft.detached.value,
    snapshots: { take: values(draft.snapshotsTake), use: values(draft.snapshotsUse) },
    egress: {
      allow: egress,
      network: document.egress?.network ?? {},
      limits: fieldValues(draft.egressLimits),
    },
    secrets: secretsOf(document, draft.secrets, egress),
    limits: fieldValues(draft.limits) as PolicyLimits,
    env: { allow: values(draft.envAllow), deny: values(draft.envDeny) },
    users: values(draft.users),
    commands: {
      deny: values(draft.commandsDeny),
      ...(document.commands?.hook && { hook: document.commands.hook }),
    },
    ...(writePaths && { writePaths: values(writePaths) }),
    ports: values(draft.ports),
    audit: {
      required: draft.auditRequired.value,
      arguments: document.audit?.arguments ?? "shape",
      ...(document.audit?.file !== undefined && { file: document.audit.file }),
    },
    origins: originsOf(draft, image),
  });
}

/** A profile that takes hosts away takes them from the secrets as well; a proxy secret without any is not granted. */
function secretsOf(document: PolicyDocument, names: readonly string[], egress: readonly string[]) {
  const { rules } = readRules(egress, []);
  const entries = names.flatMap((name): [string, PolicySecret][] => {
    const secret = document.secrets?.[name] as SecretDocument;
    const hosts = (secret.hosts ?? []).filter((host) =>
      readRules([host], []).rules.some((rule) => reachesOverTls(rules, rule)),
    );
    const { inject = "proxy", env = name, allowWildcardHosts = false, redact = true } = secret;
    if (inject === "proxy" && hosts.length === 0) return [];
    return [[name, { from: secret.from, inject, env, hosts, allowWildcardHosts, redact }]];
  });
  return Object.fromEntries(entries);
}

function originsOf(draft: PolicyDraft, image: Sourced<string> | undefined): Record<string, string> {
  const lists = {
    "images.allow": draft.images,
    privileges: draft.privileges,
    "snapshots.take": draft.snapshotsTake,
    "snapshots.use": draft.snapshotsUse,
    "egress.allow": draft.egress,
    "env.allow": draft.envAllow,
    "env.deny": draft.envDeny,
    users: draft.users,
    "commands.deny": draft.commandsDeny,
    writePaths: draft.writePaths ?? [],
    ports: draft.ports,
  };
  const scalars = {
    mode: draft.mode,
    onExcess: draft.onExcess,
    "images.requireDigest": draft.requireDigest,
    "images.default": image,
    minimumIsolation: draft.minimumIsolation,
    detached: draft.detached,
    "audit.required": draft.auditRequired,
    ...prefixed("limits", draft.limits),
    ...prefixed("egress.limits", draft.egressLimits),
  };
  const places = [
    ...Object.entries(scalars).map(([place, sourced]) => [place, sourced?.origin]),
    ...Object.entries(lists).flatMap(([place, list]) =>
      list.map(({ origin }, index) => [`${place}[${index}]`, origin]),
    ),
    ...draft.secrets.map((name) => [`secrets.${name}`, `secrets.${name}`]),
  ];
  return Object.fromEntries(places.filter(([, origin]) => origin !== undefined));
}

function prefixed(place: string, fields: SourcedFields): SourcedFields {
  return Object.fromEntries(Object.entries(fields).map(([name, sourced]) => [`${place}.${name}`, sourced]));
}

function values<Value>(list: readonly Sourced<Value>[]): Value[] {
  return list.map(({ value }) => value);
}

function fieldValues(fields: SourcedFields): Record<string, number> {
  return Object.fromEntries(Object.entries(fields).map(([name, { value }]) => [name, value as number]));
}

function noProfile(name: string): PolicyViolation {
  return new PolicyViolation(`Connecting under the policy "${name}"`, [
    {
      code: "no_profile",
      field: "identity",
      message:
        "No profile of the policy matches the identity that the platform states, and the policy requires one.",
      suggestion: "State the tenant, agent, user, session or labels that a profile is for.",
    },
  ]);
}
