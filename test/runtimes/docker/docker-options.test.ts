import { expect, test } from "vitest";
import { dockerRuntime } from "../../../runtimes/docker/index.ts";

test.each([
  [{ host: "nonsense" }, "host"],
  [{ namespace: "Bad Name" }, "namespace"],
  [{ pull: "always" }, "pull"],
  [{ egressImage: "" }, "egressImage"],
  [{ hots: "unix:///x" }, "options"],
])("%o is refused, naming %s", (options, field) => {
  expect(() => dockerRuntime(options as never)).toThrow(
    expect.objectContaining({ code: "invalid_argument", data: { field } }),
  );
});

test("the factory does no I/O: an address where nothing answers is no error before use", async () => {
  const runtime = dockerRuntime({ host: "unix:///nonexistent/docker.sock" });
  expect(await runtime.probe()).toMatchObject({
    available: false,
    reason: expect.stringContaining("/nonexistent/docker.sock"),
  });
  await runtime.close();
});
