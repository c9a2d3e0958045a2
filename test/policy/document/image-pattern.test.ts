import { expect, test } from "vitest";
import { imageCovers, imageMatches } from "../../../src/policy/document/image-pattern.ts";
import { admit } from "../../../src/policy/index.ts";
import { policyOf, specOf } from "../support/policies.ts";

test.each([
  ["**", "folder:/etc", false],
  ["*", "folder:/etc", false],
  ["*/**", "folder:/etc", false],
  ["folder*", "folder:/etc", false],
  ["folder:**", "folder:/etc", false],
  ["*:/etc", "folder:/etc", false],
  ["disk:/**", "folder:/etc", false],
  ["folder:/srv/*", "folder:/srv/a", true],
  ["folder:/srv/*", "folder:/srv/a/b", false],
  ["folder:/srv/**", "folder:/srv/a/b", true],
  ["folder:/srv/**", "folder:/srv-other/a", false],
  ["folder:/srv/a", "folder:/srv/a", true],
  ["folder:/**", "folder:latest", false],
  ["**", "folder:latest", true],
  ["**", "python:3", true],
])("%s for %s: %s", (pattern, image, matches) => {
  expect(imageMatches(pattern, image)).toBe(matches);
});

test("a profile cannot make places on the host out of a pattern for references", () => {
  expect(imageCovers("**", "folder:/etc")).toBe(false);
  expect(imageCovers("folder:/srv/**", "folder:/srv/a/*")).toBe(true);
  const profiles = [{ name: "all", match: { tenant: "*" }, images: { allow: ["folder:/etc"] } }];
  expect(() => policyOf({ images: { allow: ["**"] }, profiles }, { tenant: "a" })).toThrow(/images/);
});

test("a digest cannot be had by a name of a folder", () => {
  const policy = policyOf({ images: { allow: ["folder:/srv/**"], requireDigest: true } });
  const image = `folder:/srv/x@sha256:${"a".repeat(64)}`;
  const { violations } = admit(policy, specOf({ image }), new Date());
  expect(violations).toEqual([expect.objectContaining({ code: "image_digest_required" })]);
});
