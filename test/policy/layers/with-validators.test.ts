import { describe, expect, test } from "vitest";
import { withValidators } from "../../../src/policy/layers/with-validators.ts";
import { customValidator, type PolicyValidator } from "../../../src/policy/validators/index.ts";
import { fakeRuntime } from "../../../src/testing/index.ts";
import { RecordingLog, spec } from "../support/layer-fixtures.ts";

function setUp(validators: readonly unknown[], mode: "enforce" | "shadow" = "enforce") {
  const inner = fakeRuntime();
  const audit = new RecordingLog();
  const actor = { tenant: "acme" };
  const options = { validators: validators as PolicyValidator[], actor, mode, audit, timeoutMs: 200 };
  return { inner, audit, runtime: withValidators(inner, options) };
}

const validator = (validate: unknown) => ({ name: "theirs", validate });

describe("withValidators", () => {
  test("all must agree, and each of their reasons is told with its code", async () => {
    const no = (code: string) => customValidator(() => [{ field: "image", message: `no ${code}`, code }]);
    const { runtime, inner } = setUp([customValidator(() => []), no("one"), no("two")]);
    await expect(runtime.create(spec)).rejects.toMatchObject({
      code: "policy_violation",
      violations: [
        { code: "one", field: "image", message: "no one" },
        { code: "two", field: "image", message: "no two" },
      ],
    });
    expect(inner.calls).toEqual([]);
  });

  test("a warning alone refuses nothing", async () => {
    const warning = customValidator(() => [{ field: "image", message: "old", severity: "warning" }]);
    await (await setUp([warning]).runtime.create(spec)).destroy();
  });

  test.each<[string, unknown]>([
    ["is not valid, with no error", async () => ({ isValid: false, errors: [] })],
    ["is valid in another way than true", async () => ({ isValid: "yes", errors: [] })],
    ["answers nothing", async () => undefined],
    ["answers without errors", async () => ({ isValid: true })],
    [
      "throws at once",
      () => {
        throw new Error("broken");
      },
    ],
    [
      "throws no error",
      async () => {
        throw "broken";
      },
    ],
    ["hangs", () => new Promise(() => {})],
    ["is no function", 7],
  ])("a validator that %s refuses", async (_what, validate) => {
    const { runtime, inner } = setUp([validator(validate)]);
    await expect(runtime.create(spec)).rejects.toMatchObject({ code: "policy_violation" });
    expect(inner.calls).toEqual([]);
    const shadow = setUp([validator(validate)], "shadow");
    await shadow.runtime.create(spec);
    expect(shadow.audit.types).toEqual(["policy.shadowed"]);
  });

  test("hands on who asks and what cancels", async () => {
    const seen: unknown[] = [];
    const curious = validator(async (_request: unknown, context: unknown) => {
      seen.push(context);
      return { isValid: true, errors: [] };
    });
    const { signal } = new AbortController();
    await setUp([curious]).runtime.create(spec, { signal });
    expect(seen).toEqual([{ actor: { tenant: "acme" }, signal }]);
    const hanging = setUp([validator(() => new Promise(() => {}))]);
    const stop = new AbortController();
    const asked = hanging.runtime.create(spec, { signal: stop.signal });
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: "cancelled" });
  });
});
