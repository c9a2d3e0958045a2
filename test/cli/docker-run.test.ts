import { expect, test } from "vitest";
import { describeWith } from "../support/components.ts";
import { waitUntil } from "../support/wait-until.ts";
import { dockerCli } from "./support/docker-cli.ts";
import { startRelay } from "./support/relay.ts";

describeWith("docker", "run on Docker, by the command line", (host) => {
  const cli = dockerCli(host);

  test("leaves nothing behind, however it ends", async () => {
    const label = cli.label();
    const run = ["run", "shell", "--label", label];
    expect(await cli.run([...run, "echo fine"])).toMatchObject({
      exitCode: 0,
      stdout: "fine\n",
      stderr: "",
    });
    expect(await cli.run([...run, "exit 9"])).toMatchObject({ exitCode: 9 });
    expect(await cli.run([...run, "--timeout", "1", "sleep 600"])).toMatchObject({ exitCode: 124 });
    expect(await cli.namesOf(label)).toEqual([]);
  }, 120_000);

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("is torn down by %s", async (signal, exitCode) => {
    const label = cli.label();
    const { child, seen, end } = cli.start(["run", "shell", "--label", label, "echo ready; sleep 600"]);
    await waitUntil("the code runs", () => seen.stdout.includes("ready") || child.exitCode !== null);
    expect(await cli.namesOf(label)).toHaveLength(1);
    child.kill(signal);
    expect(await end).toMatchObject({ exitCode, signal: null });
    expect(await cli.namesOf(label)).toEqual([]);
  });

  test("is left at once by a second Ctrl-C, even when the engine hangs", async () => {
    const label = cli.label();
    const relay = await startRelay(host);
    const args = ["--docker-host", relay.url, "run", "shell", "--label", label, "echo ready; sleep 600"];
    const { child, seen, end } = cli.start(args);
    await waitUntil("the code runs", () => seen.stdout.includes("ready") || child.exitCode !== null);
    relay.freeze();
    child.kill("SIGINT");
    await waitUntil("the interruption is noticed", () => seen.stderr.includes("interrupted; cleaning up"));
    const pressedAt = performance.now();
    child.kill("SIGINT");
    expect(await end).toMatchObject({ exitCode: 130, signal: null });
    expect(performance.now() - pressedAt).toBeLessThan(2_000);
    expect(await cli.namesOf(label)).toHaveLength(1);
    expect((await cli.run(["reap"])).stdout).toMatch("(owner gone)");
    expect(await cli.namesOf(label)).toEqual([]);
  });

  test("is torn down also when the reader of its output has stalled", async () => {
    const label = cli.label();
    const { child, end } = cli.start(["run", "shell", "--label", label, "yes"]);
    child.stdout.pause();
    await waitUntil("there is output", () => child.stdout.readableLength > 0 || child.exitCode !== null);
    child.kill("SIGTERM");
    await waitUntil("the command line has left", () => child.exitCode !== null);
    child.stdout.resume();
    expect(await end).toMatchObject({ exitCode: 143, stderr: "" });
    expect(await cli.namesOf(label)).toEqual([]);
  });

  test("ends quietly when nobody reads on", async () => {
    const label = cli.label();
    const { child, seen, end } = cli.start(["run", "shell", "--label", label, "yes"]);
    await waitUntil("there is output", () => seen.stdout.length > 0 || child.exitCode !== null);
    child.stdout.destroy();
    expect(await end).toMatchObject({ exitCode: 141, stderr: "" });
    expect(await cli.namesOf(label)).toEqual([]);
  });

  test("says that memory ran out", async () => {
    const code = "x = b'x' * (256 << 20)";
    const end = await cli.run(["run", "python", "--memory", "64", code]);
    expect(end).toMatchObject({ exitCode: 137, stderr: expect.stringContaining("ran out of memory") });
  });

  test("an image that is nowhere is an error of its own", async () => {
    const { exitCode, document } = await cli.json([
      "run",
      "shell",
      "--image",
      "127.0.0.1:1/no/such:image",
      "true",
    ]);
    expect([66, 69]).toContain(exitCode);
    expect(document).toMatchObject({ error: { code: expect.stringMatching(/^image_/) } });
  });
});
