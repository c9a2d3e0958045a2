import { hasDigest } from "../document/image-digest.ts";
import { imageMatches } from "../document/image-pattern.ts";
import type { Policy, RuleDecision } from "../policy.ts";
import { allowed, denied, listed, originIn, originOf, quoted } from "./decision.ts";

/** Whether an image may be used. Compared as written: the same image by another name is another image. */
export function judgeImage(policy: Policy, image: string): readonly RuleDecision[] {
  const { allow, requireDigest } = policy.images;
  const rule = originIn(policy, "images.allow", allow, (pattern) => imageMatches(pattern, image));
  const decisions = [
    rule === undefined
      ? denied("default", {
          code: "image_not_allowed",
          field: "image",
          message: `The image ${quoted(image)} is not allowed.`,
          suggestion:
            allow.length === 0 ? "The policy allows no image at all." : `Allowed are ${listed(allow)}.`,
        })
      : allowed(rule, "image", `The image ${quoted(image)} is in the list.`),
  ];
  if (!requireDigest || hasDigest(image)) return decisions;
  const missing = denied(originOf(policy, "images.requireDigest"), {
    code: "image_digest_required",
    field: "image",
    message: `The image ${quoted(image)} is not named by its digest.`,
    suggestion: `Name it as ${quoted(`${image.replace(/@.*$/, "")}@sha256:…`)}.`,
  });
  return [...decisions, missing];
}
