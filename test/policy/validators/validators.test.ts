import { describe, expect, test } from "vitest";
import { allValidators, customValidator, policyValidator } from "../../../src/policy/index.ts";
import { permissive, policyOf, specOf } from "../support/policies.ts";

describe("policyValidator", () => {
  test("tells violations, clamps and low memory, and narrows", async () => {
    const policy = policyOf({ ...permissive, onExcess: "clamp", limits: { memoryMib: 64 } });
    const validator = policyValidator(policy);
    expect(await validator.validate(specOf())).toMatchObject({
      isValid: true,
      warnings: [
        { field: "memoryMib", code: "clamped" },
        { field: "memoryMib", code: "low_memory" },
      ],
    });
    expect((await validator.enforce(specOf())).caps.memoryMib).toBe(64);
    expect(await policyValidator(policy, { strict: true }).validate(specOf())).toMatchObject({
      isValid: false,
    });
  });

  test("throws every violation", async () => {
    const validator = policyValidator(policyOf({}));
    const request = specOf({ egress: ["a.test"] });
    expect(await validator.validate(request)).toMatchObject({
      errors: [{ code: "image_not_allowed" }, { code: "egress_not_allowed" }],
      suggestions: [expect.stringContaining("no image"), expect.stringContaining("no network")],
    });
    await expect(validator.enforce(request)).rejects.toMatchObject({
      code: "policy_violation",
      violations: [{ field: "image" }, { field: "egress.0" }],
    });
  });

  test("only warns in shadow mode", async () => {
    const validator = policyValidator(policyOf({ mode: "shadow" }));
    expect(await validator.validate(specOf())).toMatchObject({
      isValid: true,
      warnings: [{ code: "image_not_allowed" }],
    });
    expect(await validator.enforce(specOf())).toEqual(specOf());
  });
});

describe("customValidator", () => {
  test("takes issues, errors where they do not say", async () => {
    const validator = customValidator(({ image }) =>
      image === "x" ? [{ field: "image", message: "not x" }] : [],
    );
    expect(await validator.validate(specOf())).toMatchObject({ isValid: true });
    expect(await validator.validate(specOf({ image: "x" }))).toMatchObject({
      errors: [{ field: "image", message: "not x", severity: "error", code: "external" }],
    });
  });

  test.each<[string, () => unknown]>([
    ["throws", () => Promise.reject(new Error("broken"))],
    ["answers true", () => true],
    ["answers nothing", () => undefined],
    ["hangs", () => new Promise(() => {})],
  ])("one that %s refuses", async (_, judgement) => {
    const validator = customValidator(judgement as () => [], { name: "mine", timeoutMs: 50 });
    const result = await validator.validate(specOf());
    expect(result).toMatchObject({ isValid: false, errors: [{ code: "external_unavailable" }] });
    expect(result.errors[0]?.message).toMatch("The validator mine failed");
  });
});

describe("allValidators", () => {
  const low = policyValidator(policyOf({ ...permissive, onExcess: "clamp", limits: { memoryMib: 256 } }));
  const few = policyValidator(policyOf({ ...permissive, onExcess: "clamp", limits: { pids: 64 } }));
  const never = customValidator(() => [{ field: "policy", message: "never" }]);

  test("must all grant, and narrow one after the other", async () => {
    const both = allValidators(low, few);
    expect(await both.validate(specOf())).toMatchObject({ isValid: true });
    expect((await both.enforce(specOf())).caps).toMatchObject({ memoryMib: 256, pids: 64 });
  });

  test("one that refuses is enough", async () => {
    const all = allValidators(low, never, few);
    expect(await all.validate(specOf())).toMatchObject({ isValid: false, errors: [{ message: "never" }] });
    await expect(all.enforce(specOf())).rejects.toMatchObject({ code: "policy_violation" });
  });
});
