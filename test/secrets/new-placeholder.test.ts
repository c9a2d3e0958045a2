import { expect, test } from "vitest";
import { newPlaceholder } from "../../src/secrets/index.ts";

test("a placeholder names its secret in plain letters and digits", () => {
  expect(newPlaceholder("Git.Hub_Token-2")).toMatch(/^sbx_secret_githubtoken2_[0-9a-f]{36}$/);
  expect(newPlaceholder("A", (length) => new Uint8Array(length).fill(0xab))).toBe(
    `sbx_secret_a_${"ab".repeat(18)}`,
  );
});

test("no two are the same", () => {
  const all = Array.from({ length: 1_000 }, () => newPlaceholder("KEY"));
  expect(new Set(all).size).toBe(1_000);
});
