import type { ResourceCaps, RuntimeSpec } from "../../runtime/index.ts";
import type { Policy, RuleDecision } from "../policy.ts";
import { originOf } from "./decision.ts";
import { judgeCaps } from "./judge-caps.ts";
import { judgeProgram, judgeUser } from "./judge-command.ts";
import { judgeEgress } from "./judge-egress.ts";
import { judgeEnvironment } from "./judge-environment.ts";
import { judgeImage } from "./judge-image.ts";
import { judgeLifetime } from "./judge-lifetime.ts";
import { judgeDetached, judgeLabels, judgePrivileges, judgeWritePaths } from "./judge-sandbox.ts";
import { judgeSecrets } from "./judge-secrets.ts";
import { judgeSnapshot } from "./judge-snapshot.ts";

/** A request to be explained: what would be asked of a sandbox, and of a command in it. All that is left out is not judged, but for the image. */
export interface ExplainRequest extends Partial<ResourceCaps> {
  readonly image?: string;
  /** Its image is judged where `image` names it. */
  readonly snapshot?: string;
  readonly ttlMs?: number;
  readonly profile?: RuntimeSpec["profile"];
  readonly detached?: boolean;
  readonly egress?: readonly string[];
  readonly secrets?: readonly string[];
  /** Names alone. */
  readonly env?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly writePaths?: readonly string[];
  readonly user?: string;
  /** A program's name or path. The hook is not asked. */
  readonly command?: string;
}

/** What each rule would say, in the words of `admit` and `admitCommand`. Creates nothing. */
export function explain(policy: Policy, request: ExplainRequest): readonly RuleDecision[] {
  const {
    image,
    snapshot,
    ttlMs,
    profile,
    egress = [],
    secrets = [],
    env = [],
    writePaths,
    command,
  } = request;
  const now = new Date(0);
  return [
    ...(image === undefined && snapshot === undefined ? defaultImage(policy) : []),
    ...(image === undefined ? [] : judgeImage(policy, image)),
    ...judgeSnapshot(policy, snapshot, "use"),
    ...judgeCaps(policy, request).decisions,
    ...(ttlMs === undefined ? [] : [judgeLifetime(policy, new Date(ttlMs), now).decision]),
    ...(profile === undefined ? [] : [judgePrivileges(policy, profile)]),
    ...judgeDetached(policy, request.detached ?? false),
    ...judgeEgress(policy, egress),
    ...judgeSecrets(policy, secrets, egress),
    ...judgeEnvironment(policy, env, { secrets, hasEgress: egress.length > 0 }),
    ...judgeLabels(request.labels ?? {}),
    ...(writePaths === undefined ? [] : judgeWritePaths(policy, writePaths).decisions),
    ...judgeUser(policy, request.user),
    ...(command === undefined ? [] : [judgeProgram(policy, command)]),
  ];
}

function defaultImage(policy: Policy): readonly RuleDecision[] {
  const { default: image } = policy.images;
  if (image === undefined) return [];
  const reason = `It names none, and gets ${JSON.stringify(image)}.`;
  return [{ rule: originOf(policy, "images.default"), field: "image", outcome: "defaulted", reason }];
}
