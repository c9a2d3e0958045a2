import { describe, expect, test } from "vitest";
import { SandboxUnavailable } from "../../src/errors/index.ts";
import { AgentSandbox, attachSandbox, clientFor, SandboxClient } from "../../src/sandbox/index.ts";
import { fakeRuntime } from "../../src/testing/fake-runtime.ts";
import { waitUntil } from "../support/wait-until.ts";
import { errorOf } from "./support/error-of.ts";
import { setUp } from "./support/set-up.ts";

describe("A2A-24 a context without a client", () => {
  test("throws SandboxUnavailable when its sandbox is read, and only then", () => {
    const context = attachSandbox({ id: 7 });
    expect(context.id).toBe(7);
    expect(() => context.sandbox).toThrow(SandboxUnavailable);
    expect(() => context.sandbox).toThrow(
      expect.objectContaining({
        code: "unavailable",
        message: expect.stringContaining(
          "no sandbox client attached to this context; the runtime layer must provision one",
        ),
      }),
    );
    expect({ ...context }).toEqual({ id: 7 });
    expect(JSON.stringify(context)).toBe('{"id":7}');
    expect("sandbox" in context).toBe(true);
  });

  test("can be given one later", () => {
    const context = attachSandbox({});
    attachSandbox(context, setUp().client);
    expect(context.sandbox).toBeInstanceOf(SandboxClient);
    attachSandbox(context);
    expect(() => context.sandbox).toThrow(SandboxUnavailable);
  });

  test("takes any object that takes a property", () => {
    class Run {
      private readonly sandboxes = 1;
      count() {
        return this.sandboxes;
      }
    }
    const run = attachSandbox(new Run(), setUp().client);
    expect(run.count()).toBe(1);
    expect(run.sandbox).toBe(run.sandbox);
    const functional = attachSandbox(() => 1);
    expect(() => functional.sandbox).toThrow(SandboxUnavailable);
    const fixed = Object.defineProperty({}, "sandbox", { value: 1 });
    for (const wrong of [Object.freeze({}), fixed, null, 7]) {
      expect(() => attachSandbox(wrong as object)).toThrow(
        expect.objectContaining({ code: "invalid_argument" }),
      );
    }
  });
});

describe("the agent's client", () => {
  function setUpAgents() {
    const { runtime, client } = setUp();
    const [one, two] = [attachSandbox({}, client).sandbox, attachSandbox({}, client).sandbox];
    return { runtime, client, one, two };
  }

  test("a request is what it was when it was made, whatever the agent does to its object", async () => {
    const { one, runtime } = setUpAgents();
    const spec = { name: "mine", detached: false };
    runtime.hang("create");
    const making = one.create(spec);
    await waitUntil("it is being made", () => runtime.calls.some(({ primitive }) => primitive === "create"));
    spec.detached = true;
    runtime.clear();
    await making;
    await one.close();
    expect(await runtime.list()).toEqual([]);
  });

  test("does everything with its own sandboxes", async () => {
    const { one } = setUpAgents();
    const sandbox = await one.create({ name: "mine", labels: { a: "b" } });
    expect((await sandbox.exec("prog")).ok).toBe(true);
    expect((await one.get("mine")).name).toBe("mine");
    expect((await one.getOrCreate({ name: "mine" })).name).toBe("mine");
    expect(await one.list()).toEqual(["mine"]);
    expect(await one.list({ labels: { a: "b" } })).toEqual(["mine"]);
    expect(await one.list({ labels: { a: "c" } })).toEqual([]);
    expect((await one.listInfo()).map(({ name, status }) => [name, status])).toEqual([["mine", "running"]]);
    expect((await one.runShell("x")).ok).toBe(true);
    expect((await one.runPython("x")).ok).toBe(true);
    expect((await one.exec("x", ["y"])).ok).toBe(true);
    expect(await one.list()).toEqual(["mine"]);
    await one.remove("mine");
    await one.remove("mine");
    expect(await one.list()).toEqual([]);
    expect((await errorOf(one.get("mine"))).code).toBe("not_found");
  });

  test("sees nothing of others: not in lists, not by name, not to remove", async () => {
    const { runtime, client, one, two } = setUpAgents();
    runtime.put({ name: "theirs" });
    await client.create({ name: "platform" });
    await two.create({ name: "neighbour" });
    await one.create({ name: "mine" });
    expect(await one.list()).toEqual(["mine"]);
    expect((await one.listInfo()).map(({ name }) => name)).toEqual(["mine"]);
    for (const name of ["theirs", "platform", "neighbour"]) {
      expect((await errorOf(one.get(name))).code).toBe("not_found");
      expect((await errorOf(one.getOrCreate({ name }))).code).toBe("already_exists");
      await one.remove(name);
    }
    expect(await client.list()).toEqual(["mine", "neighbour", "platform", "theirs"]);
  });

  test("says of a foreign name what it says of none", async () => {
    const { runtime, one } = setUpAgents();
    runtime.put({ name: "theirs" });
    const [foreign, none] = [await errorOf(one.get("theirs")), await errorOf(one.get("others"))];
    expect(foreign.message.replace("theirs", "X")).toBe(none.message.replace("others", "X"));
  });

  test("does not get a sandbox that took the name of one of its own", async () => {
    const { runtime, one } = setUpAgents();
    await one.create({ name: "mine" });
    runtime.lose("mine");
    runtime.put({ name: "mine", labels: { secret: "platform" } });
    expect(await one.list()).toEqual([]);
    expect((await errorOf(one.get("mine"))).code).toBe("not_found");
    await one.remove("mine");
    await one.close();
    expect((await runtime.list()).map(({ name }) => name)).toEqual(["mine"]);
  });

  test("has no way to the client behind it", () => {
    const { client, one } = setUpAgents();
    const seen = new Set<unknown>();
    const reachable = (value: unknown): boolean => {
      if (value === client) return true;
      if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value))
        return false;
      seen.add(value);
      return (
        Reflect.ownKeys(value).some((key) => reachable(Object.getOwnPropertyDescriptor(value, key)?.value)) ||
        reachable(Object.getPrototypeOf(value))
      );
    };
    expect(one).toBeInstanceOf(AgentSandbox);
    expect(reachable(one)).toBe(false);
    for (const power of ["reap", "runtime", "selection"]) expect(power in one).toBe(false);
  });

  test("close removes its own and leaves the client, the neighbour and the detached", async () => {
    const { client, one, two } = setUpAgents();
    await one.create({ name: "a" });
    await one.create({ name: "b" });
    await one.create({ name: "kept", detached: true });
    await two.create({ name: "neighbour" });
    await Promise.all([one.close(), one.close()]);
    expect(await client.list()).toEqual(["kept", "neighbour"]);
    for (const call of [one.create({ name: "c" }), one.get("a"), one.list(), one.remove("a")]) {
      expect((await errorOf(call)).code).toBe("closed");
    }
    expect((await two.runShell("x")).ok).toBe(true);
  });

  test("close makes an end of a create under way", async () => {
    const { runtime, one } = setUpAgents();
    runtime.hang("create");
    const creating = errorOf(one.create({ name: "a" }));
    await waitUntil("create is called", () => runtime.calls.some(({ primitive }) => primitive === "create"));
    const closing = one.close();
    setTimeout(() => runtime.clear(), 10);
    await closing;
    expect((await creating).code).toBe("closed");
    expect(await runtime.list()).toEqual([]);
  });

  test("makes one sandbox for many getOrCreate at once", async () => {
    const { runtime, one } = setUpAgents();
    const handles = await Promise.all(Array.from({ length: 10 }, () => one.getOrCreate({ name: "mine" })));
    expect(handles.every(({ name }) => name === "mine")).toBe(true);
    expect(await runtime.list()).toHaveLength(1);
  });

  test("forgets what it removed through a handle", async () => {
    const { one } = setUpAgents();
    await (await one.create({ name: "mine" })).remove();
    expect(await one.list()).toEqual([]);
    await one.create({ name: "mine" });
    expect(await one.list()).toEqual(["mine"]);
  });

  test("checks its arguments and honours signals", async () => {
    const { one } = setUpAgents();
    expect((await errorOf(one.get("Bad Name"))).code).toBe("invalid_argument");
    expect((await errorOf(one.list({ nonsense: 1 } as object))).code).toBe("invalid_argument");
    const options = { signal: AbortSignal.abort() };
    for (const call of [
      one.get("a", options),
      one.list({}, options),
      one.remove("a", options),
      one.create({ name: "a" }, options),
    ]) {
      expect((await errorOf(call)).code).toBe("cancelled");
    }
  });

  test("is the platform's client to close: its sandboxes go with that", async () => {
    const runtime = fakeRuntime();
    const client = clientFor(runtime, { keepRuntimeOpen: true });
    await attachSandbox({}, client).sandbox.create({ name: "mine" });
    await client.close();
    expect(await runtime.list()).toEqual([]);
  });
});
