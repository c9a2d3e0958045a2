import { expect, onTestFinished, test } from "vitest";
import { memorySink } from "../../src/audit/index.ts";
import { createSandboxClient } from "../../src/connect.ts";
import { PolicyControl } from "../../src/policy/index.ts";
import { attachSandbox, RuntimeSandboxClient } from "../../src/sandbox/index.ts";
import { fakeRuntime } from "../../src/testing/fake-runtime.ts";
import { errorOf } from "../sandbox/support/error-of.ts";

/** Every object that can be come by from these, by any property, symbol, getter or prototype, with the way to it. */
function reachable(roots: Readonly<Record<string, unknown>>): Map<object, string> {
  const found = new Map<object, string>();
  const waiting: [unknown, string][] = Object.entries(roots).map(([name, root]) => [root, name]);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [value, way] = next;
    if ((typeof value !== "object" && typeof value !== "function") || value === null || found.has(value))
      continue;
    // What the language itself brings along leads everywhere and nowhere.
    if (isBuiltIn(value)) continue;
    found.set(value, way);
    for (const key of Reflect.ownKeys(value)) {
      const { value: held, get } = Object.getOwnPropertyDescriptor(value, key) ?? {};
      waiting.push([held, `${way}.${String(key)}`], [get, `get ${way}.${String(key)}`]);
      if (get !== undefined) waiting.push([attempt(() => Reflect.get(value, key)), `${way}.${String(key)}`]);
    }
    for (let at: unknown = value; typeof at === "object" && at !== null; at = Object.getPrototypeOf(at)) {
      for (const key of Reflect.ownKeys(at)) {
        const { get } = Object.getOwnPropertyDescriptor(at, key) ?? {};
        if (get !== undefined)
          waiting.push([attempt(() => Reflect.get(at, key, value)), `${way}.${String(key)}`]);
      }
    }
    waiting.push([Object.getPrototypeOf(value), `${way}.__proto__`]);
  }
  return found;
}

const builtIns = new Set<unknown>(
  Object.getOwnPropertyNames(globalThis)
    .map((name) => attempt(() => (globalThis as Record<string, unknown>)[name]))
    .flatMap((value) => [value, (value as { prototype?: unknown } | undefined)?.prototype]),
);

function isBuiltIn(value: unknown): boolean {
  return value === globalThis || builtIns.has(value);
}

function attempt(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

test("nothing that an agent is given leads to the client, the runtime, the policy or its control", async () => {
  const runtime = fakeRuntime({ program: () => ({ output: ["x"], exitCode: 1 }) });
  const audit = memorySink();
  const policy = {
    images: { allow: ["python:3.11-slim"] },
    secrets: { KEY: { from: { value: () => "canary-value" }, inject: "env" as const } },
    limits: { execs: 4, lifetimeMs: 60_000 },
  };
  const client = await createSandboxClient({ runtime, policy, audit });
  onTestFinished(() => client.close());
  const context = attachSandbox({}, client);
  const sandbox = await context.sandbox.create({ name: "box", secrets: ["KEY"] });
  const spawned = await sandbox.spawn("sh");
  const running = await sandbox.exec("sh", [], { yieldAfterMs: 0 });
  const objects = reachable({
    context,
    sandbox,
    "Object.getPrototypeOf(sandbox).constructor": sandbox.constructor,
    spawned,
    running,
    info: await sandbox.info(),
    result: await sandbox.exec("sh"),
    denied: await errorOf(context.sandbox.create({ name: "b", image: "evil:1" })),
    failed: await errorOf(sandbox.exec("sh", [], { check: true })),
    unknown: await errorOf(context.sandbox.get("nobody")),
  });
  const forbidden = new Map<unknown, string>([
    [client, "the client"],
    [runtime, "the runtime"],
    [client.policy, "the control"],
    [client.policy?.policy, "the policy"],
    [audit, "the audit sink"],
  ]);
  const reached = [...objects]
    .filter(
      ([value]) =>
        forbidden.has(value) || value instanceof PolicyControl || value instanceof RuntimeSandboxClient,
    )
    .map(([value, way]) => `${forbidden.get(value) ?? "an instance"} by ${way}`)
    // The prototype of a class is an instance of the one above it, and holds nothing.
    .filter((line) => !line.endsWith(".prototype") && !line.endsWith("__proto__"));
  expect(reached).toEqual([]);
  expect(objects.size).toBeGreaterThan(50);
  expect([...objects.keys()].some((value) => "gateway" in value || "destroy" in value)).toBe(false);
  expect([...objects.values()].filter((way) => way.includes("canary"))).toEqual([]);
});
