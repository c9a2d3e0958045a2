import { expect, test } from "vitest";
import { policyFields, policyJsonSchema } from "../../../src/policy/index.ts";

test("the JSON Schema knows every field, and no function", () => {
  const schema = policyJsonSchema();
  expect(schema).toMatchObject({
    type: "object",
    additionalProperties: false,
    properties: {
      limits: { properties: { memoryMib: { type: "integer", minimum: 16, maximum: 1_048_576 } } },
      mode: { enum: ["enforce", "shadow"], default: "enforce" },
    },
  });
  expect(schema).not.toHaveProperty("required");
  expect(JSON.stringify(schema)).not.toMatch(/"(hook|value)":/);
});

test("a profile has no defaults of its own, but can have a default image", () => {
  const profile = policyJsonSchema().properties?.profiles?.items;
  expect(profile?.properties?.images?.properties).toHaveProperty("default.type", "string");
  expect(profile?.properties?.images?.properties?.allow).not.toHaveProperty("default");
});

test("every field of the reference says what it means", () => {
  const fields = policyFields();
  expect(fields.filter(({ meaning }) => meaning === "")).toEqual([]);
  expect(fields.map(({ path }) => path)).toEqual(
    expect.arrayContaining(["limits.memoryMib", "secrets.NAME.from.aws.secretId", "profiles[].match.tenant"]),
  );
  expect(fields).toContainEqual({
    path: "limits.memoryMib",
    meaning: "Memory of a sandbox, in MiB.",
    type: "whole number 16 to 1048576",
  });
});
