import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { PolicyViolation } from "../../../src/errors/index.ts";
import { opaValidator } from "../../../src/policy/index.ts";
import { specOf } from "../support/policies.ts";
import { startPolicyService } from "../support/policy-service.ts";

const json = (value: unknown) => (_: unknown, response: ServerResponse) => {
  response.setHeader("content-type", "application/json").end(JSON.stringify(value));
};

describe("opaValidator", () => {
  test("asks for the document, with names alone, and grants on allow: true", async () => {
    const { url, questions } = await startPolicyService(json({ result: { allow: true } }));
    const validator = opaValidator({ url, headers: { authorization: "Bearer x" } });
    const request = specOf({ env: { B: "canary", A: "canary" }, secrets: ["KEY"], egress: ["a.test"] });
    expect(await validator.validate(request, { actor: { tenant: "t" } })).toEqual({
      isValid: true,
      errors: [],
      warnings: [],
      suggestions: [],
    });
    expect(await validator.enforce(request)).toBe(request);
    const [first] = questions;
    expect(first).toMatchObject({
      method: "POST",
      url: "/v1/data/ctx_sandbox/policy",
      headers: { authorization: "Bearer x", "content-type": "application/json" },
      body: {
        input: {
          name: "box",
          image: "python:3.11-slim",
          memoryMib: 512,
          envNames: ["A", "B"],
          secrets: ["KEY"],
          egress: ["a.test"],
          detached: false,
          actor: { tenant: "t" },
        },
      },
    });
    expect(JSON.stringify(questions)).not.toContain("canary");
  });

  test("hands on violations with their defaults, warnings and suggestions", async () => {
    const { url } = await startPolicyService(
      json({
        result: {
          allow: false,
          violations: [{ field: "image", message: "too old" }, {}],
          warnings: [{ field: "cpus", message: "many" }],
          suggestions: ["use 3.12"],
        },
      }),
    );
    const validator = opaValidator({ url });
    const result = await validator.validate(specOf());
    expect(result).toEqual({
      isValid: false,
      errors: [
        { field: "image", message: "too old", severity: "error", code: "external" },
        { field: "unknown", message: "Validation failed", severity: "error", code: "external" },
      ],
      warnings: [{ field: "cpus", message: "many", severity: "warning", code: "external" }],
      suggestions: ["use 3.12"],
    });
    await expect(validator.enforce(specOf())).rejects.toBeInstanceOf(PolicyViolation);
    await expect(validator.enforce(specOf())).rejects.toMatchObject({
      violations: [{ code: "external", field: "image", message: "too old" }, { field: "unknown" }],
    });
  });

  test("strict makes errors of warnings", async () => {
    const { url } = await startPolicyService(
      json({ result: { allow: true, warnings: [{ field: "cpus" }] } }),
    );
    expect(await opaValidator({ url }).validate(specOf())).toMatchObject({ isValid: true });
    expect(await opaValidator({ url, strict: true }).validate(specOf())).toMatchObject({
      isValid: false,
      warnings: [],
    });
  });

  test.each<[string, (_: unknown, response: ServerResponse) => void]>([
    ["an undefined result", json({})],
    ["allow missing", json({ result: {} })],
    ["allow: false", json({ result: { allow: false } })],
    ['allow: "true"', json({ result: { allow: "true" } })],
    ["a bare true", json({ result: true })],
    ["violations beside allow: true", json({ result: { allow: true, violations: [{ field: "a" }] } })],
    [
      "a severity that is none beside allow: true",
      json({ result: { allow: true, violations: [{ severity: "note" }] } }),
    ],
    ["no JSON", (_, response) => response.end("allow")],
    ["an empty answer", (_, response) => response.end()],
    [
      "an answer that breaks off",
      (_, response) => response.write('{"result": {"allow": true', () => response.destroy()),
    ],
    ["a status of 500", (_, response) => response.writeHead(500).end('{"result":{"allow":true}}')],
    ["a status of 204", (_, response) => response.writeHead(204).end()],
    ["a redirect", (_, response) => response.writeHead(307, { location: "/v1/data/other" }).end()],
    [
      "too long an answer",
      (_, response) => response.end(`{"result":{"allow":true},"x":"${"x".repeat(2_000_000)}"}`),
    ],
  ])("%s refuses", async (_, answer) => {
    const { url } = await startPolicyService(answer);
    const result = await opaValidator({ url, timeoutMs: 20_000 }).validate(specOf());
    expect(result.isValid).toBe(false);
    expect(result.errors.length).toBeGreaterThan(0);
  });

  test("no answer in time refuses", async () => {
    const { url } = await startPolicyService(() => {});
    const result = await opaValidator({ url, timeoutMs: 50 }).validate(specOf());
    expect(result.errors).toEqual([
      {
        field: "policy",
        code: "external_unavailable",
        severity: "error",
        message: expect.stringContaining("within 50 ms"),
      },
    ]);
  });

  test("nobody there refuses", async () => {
    const result = await opaValidator({ url: "http://127.0.0.1:1", timeoutMs: 5_000 }).validate(specOf());
    expect(result).toMatchObject({ isValid: false, errors: [{ code: "external_unavailable" }] });
  });

  test("keeps answers as long as it is told, and failures never", async () => {
    let status = 500;
    const { url, questions } = await startPolicyService((_, response) =>
      response.writeHead(status).end('{"result":{"allow":true}}'),
    );
    const validator = opaValidator({ url, cacheMs: 60_000 });
    expect((await validator.validate(specOf())).isValid).toBe(false);
    status = 200;
    expect((await validator.validate(specOf())).isValid).toBe(true);
    expect((await validator.validate(specOf())).isValid).toBe(true);
    expect(questions).toHaveLength(2);
    await validator.validate(specOf({ image: "other" }));
    await validator.validate(specOf(), { actor: { tenant: "other" } });
    expect(questions).toHaveLength(4);
  });

  test("can be cancelled", async () => {
    const abort = new AbortController();
    const { url } = await startPolicyService(() => abort.abort());
    const validated = opaValidator({ url, timeoutMs: 60_000 }).validate(specOf(), { signal: abort.signal });
    await expect(validated).rejects.toMatchObject({ code: "cancelled" });
  });

  test.each([
    { url: "file:///etc/passwd" },
    { url: "localhost" },
    { url: "http://user:pass@localhost" },
    { url: "http://localhost/?x=1" },
    { path: "" },
    { path: "../secrets" },
    { path: "a//b" },
    { path: "a?b" },
  ])("refuses %j", (options) => {
    expect(() => opaValidator(options)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  });
});
