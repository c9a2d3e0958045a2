import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { describeWith } from "../support/components.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { waitUntil } from "../support/wait-until.ts";
import { dockerCli } from "./support/docker-cli.ts";

describeWith("docker", "sandboxes on Docker, by the command line", (host) => {
  const cli = dockerCli(host);

  let folder: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterAll(cli.removeMade);

  test("goes through its whole life, command by command", async () => {
    const name = cli.name();
    expect(
      await cli.run(["create", name, "--ttl", "10m", "--label", "suite=life", "--env", "MODE=fast"]),
    ).toEqual({
      exitCode: 0,
      signal: null,
      stdout: `${name}\n`,
      stderr: "",
    });

    expect(
      await cli.run(["exec", name, "--", "sh", "-c", 'echo "$MODE $1" > note; cat note', "sh", "a  b;$(id)"]),
    ).toMatchObject({
      exitCode: 0,
      stdout: "fast a  b;$(id)\n",
      stderr: "",
    });

    await mkdir(join(folder, "in", "deep"), { recursive: true });
    await writeFile(
      join(folder, "in", "deep", "data.bin"),
      Uint8Array.from({ length: 256 }, (_, index) => index),
    );
    await writeFile(join(folder, "in", "run.sh"), "#!/bin/sh\nwc -c < deep/data.bin\n");
    await chmod(join(folder, "in", "run.sh"), 0o755);
    expect(await cli.run(["cp", join(folder, "in"), `${name}:`])).toMatchObject({ exitCode: 0, stdout: "" });
    expect(await cli.run(["exec", name, "--cwd", "/workspace/in", "--", "./run.sh"])).toMatchObject({
      stdout: "256\n",
    });

    expect(await cli.run(["cp", `${name}:in`, join(folder, "out")])).toMatchObject({ exitCode: 0 });
    expect([...(await readFile(join(folder, "out", "deep", "data.bin")))]).toEqual(
      Array.from({ length: 256 }, (_, index) => index),
    );
    expect(await cli.run(["cp", `${name}:/workspace/note`, folder])).toMatchObject({ exitCode: 0 });
    expect(await readFile(join(folder, "note"), "utf8")).toBe("fast a  b;$(id)\n");

    expect(await cli.run(["exec", name, "--", "echo", "for the log"])).toMatchObject({ exitCode: 0 });
    expect((await cli.run(["logs", name])).stdout).toContain("for the log");
    expect((await cli.run(["logs", name, "--tail", "1"])).stdout.trimEnd().split("\n")).toHaveLength(1);

    expect((await cli.run(["stats", name])).stdout).toMatch(new RegExp(`NAME.*\\n${name} .* of 512 MiB`));

    expect(await cli.run(["stop", name, "--grace", "0"])).toMatchObject({
      exitCode: 0,
      stdout: `${name}\n`,
    });
    expect(await cli.run(["ls", "--status", "stopped", "-q"])).toMatchObject({
      stdout: expect.stringContaining(`${name}\n`),
    });
    expect(await cli.run(["exec", name, "--", "true"])).toMatchObject({ exitCode: 73 });
    expect(await cli.run(["start", name])).toMatchObject({ exitCode: 0 });
    expect(await cli.run(["exec", name, "--", "cat", "note"])).toMatchObject({
      stdout: "fast a  b;$(id)\n",
    });

    expect(await cli.run(["rm", name])).toEqual({
      exitCode: 0,
      signal: null,
      stdout: `${name}\n`,
      stderr: "",
    });
    expect(await cli.run(["exec", name, "--", "true"])).toMatchObject({ exitCode: 66 });
    expect(await cli.run(["rm", name])).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining(`there was no sandbox named "${name}"`),
    });
  }, 120_000);
  test("every document of --json has its shape", async () => {
    const other = cli.name();
    const info = {
      name: other,
      runtime: "docker",
      isolation: expect.any(String),
      status: "running",
      image: "python:3.11-slim",
      labels: { suite: other },
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
    };
    const created = await cli.json(["create", other, "--label", `suite=${other}`]);
    expect(created.document).toMatchObject(info);
    const lifeMs =
      Date.parse(String(created.document.expiresAt)) - Date.parse(String(created.document.createdAt));
    expect(Math.abs(lifeMs - 3_600_000)).toBeLessThan(60_000);

    expect((await cli.json(["ls", "--label", `suite=${other}`])).document).toMatchObject({
      sandboxes: [info],
    });
    const ran = await cli.json(["exec", other, "--", "sh", "-c", "echo out; echo err >&2; exit 4"]);
    expect(ran.exitCode).toBe(4);
    expect(ran.document).toMatchObject({
      stdout: "out\n",
      stderr: "err\n",
      exitCode: 4,
      ok: false,
      sandbox: other,
      runtime: "docker",
    });
    expect((await cli.json(["logs", other])).document).toEqual({
      name: other,
      text: expect.stringContaining("out"),
    });
    expect((await cli.json(["stats", other])).document).toEqual({
      name: other,
      cpuPercent: expect.any(Number),
      memoryBytes: expect.any(Number),
      memoryLimitBytes: 536_870_912,
      networkReceivedBytes: 0,
      networkSentBytes: 0,
      pids: expect.any(Number),
    });
    await writeFile(join(folder, "f"), "12345");
    expect((await cli.json(["cp", join(folder, "f"), `${other}:g`])).document).toEqual({
      sandbox: other,
      source: join(folder, "f"),
      target: "g",
      files: 1,
      bytes: 5,
    });
    expect((await cli.json(["stop", other])).document).toEqual({
      results: [{ name: other, status: "stopped" }],
    });
    expect((await cli.json(["start", other])).document).toEqual({
      results: [{ name: other, status: "running" }],
    });
    expect((await cli.json(["reap"])).document).toEqual({
      removed: expect.any(Array),
      swept: expect.any(Array),
      failed: [],
    });
    expect((await cli.json(["rm", other])).document).toEqual({
      results: [{ name: other, removed: true }],
    });
    expect((await cli.json(["rm", other])).document).toEqual({
      results: [{ name: other, removed: false }],
    });
  }, 120_000);

  test.each(["../etc", "UPPER", "a b", "$(id)", "-x", "a/b", "x".repeat(64), "ä"])(
    "the name %j is refused",
    async (bad) => {
      for (const args of [
        ["create", "--", bad],
        ["exec", "--", bad, "true"],
        ["rm", "--", bad],
      ]) {
        const { exitCode, document } = await cli.json(args);
        expect(exitCode).toBe(64);
        expect(document).toMatchObject({ error: { code: "invalid_argument" } });
      }
    },
  );

  test("hostile labels come back as they are, and stay on their line", async () => {
    const other = cli.name();
    const value = "x\nNAME \u001b[31m$(id)";
    await cli.run(["create", other, "--label", `odd=${value}`]);
    expect(await cli.namesOf(`odd=${value}`)).toEqual([other]);
    const { stdout } = await cli.run(["ls", "--label", `odd=${value}`]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(2);
    expect(stdout).not.toContain("\u001b");
  });

  test("logs -f --json prints one document a line until the sandbox is gone", async () => {
    const other = cli.name();
    await cli.run(["create", other]);
    const { seen, end } = cli.start(["logs", other, "-f", "--json"]);
    let count = 0;
    await waitUntil("the first line of the log is seen", async () => {
      await cli.run(["exec", other, "--", "echo", `followed ${++count}`]);
      return seen.stdout.includes("followed");
    });
    await cli.run(["rm", other]);
    const { exitCode, stdout } = await end;
    expect(exitCode).toBe(0);
    const documents = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(documents.map(({ text }) => text).join("")).toContain("followed");
  }, 120_000);

  test("a failure among several names does not keep the others from their turn", async () => {
    const name = cli.name();
    await cli.run(["create", name]);
    const { exitCode, document } = await cli.json(["start", "no-such-sandbox", name]);
    expect(exitCode).toBe(66);
    expect(document).toMatchObject({
      results: [
        { name: "no-such-sandbox", error: { code: "not_found" } },
        { name, status: "running" },
      ],
      error: { code: "not_found" },
    });
  });

  test("a name that is taken is refused", async () => {
    const name = cli.name();
    await cli.run(["create", name]);
    expect(await cli.run(["create", name])).toMatchObject({ exitCode: 73, stdout: "" });
  });

  test("an engine that does not answer is named", async () => {
    expect(await cli.run(["--docker-host", "unix:///nowhere/docker.sock", "ls"])).toMatchObject({
      exitCode: 69,
      stdout: "",
      stderr: expect.stringContaining("/nowhere/docker.sock"),
    });
  });
});
