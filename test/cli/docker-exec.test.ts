import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../support/components.ts";
import { waitUntil } from "../support/wait-until.ts";
import { dockerCli } from "./support/docker-cli.ts";

describeWith("docker", "exec on Docker, by the command line", (host) => {
  const cli = dockerCli(host);
  const name = cli.name();
  beforeAll(async () => {
    expect(await cli.run(["create", name, "--ttl", "10m"])).toMatchObject({ exitCode: 0 });
  });
  afterAll(cli.removeMade);

  test("bytes pass through exec unchanged, both ways", async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256));
    const { child, end } = cli.start(["exec", name, "-i", "--", "cat"]);
    const chunks: Buffer[] = [];
    child.stdout.setEncoding("latin1").on("data", (text: string) => chunks.push(Buffer.from(text, "latin1")));
    child.stdin.end(bytes);
    expect(await end).toMatchObject({ exitCode: 0, stderr: "" });
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  test("without -i the program's stdin is empty", async () => {
    expect(await cli.run(["exec", name, "--", "cat"], { stdin: "not for you" })).toMatchObject({
      exitCode: 0,
      stdout: "",
    });
  });

  test.each([
    [["sh", "-c", "exit 3"], 3],
    [["sh", "-c", "kill -TERM $$"], 143],
    [["sh", "-c", "kill -KILL $$"], 137],
    [["no-such-program"], 127],
    [["/workspace"], 126],
  ] as const)("exec of %j leaves with %d", async (argv, exitCode) => {
    expect(await cli.run(["exec", name, "--", ...argv])).toMatchObject({ exitCode });
  });

  test("a timeout leaves with 124 and what was printed", async () => {
    expect(
      await cli.run(["exec", name, "--timeout", "1", "--", "sh", "-c", "echo first; sleep 600"]),
    ).toMatchObject({
      exitCode: 124,
      stdout: "first\n",
      stderr: expect.stringContaining("after its timeout of 1 s"),
    });
  });

  test("arguments of every kind arrive literally", async () => {
    const hostile = ["--json", "-q", "--", "$(id)", "`id`", "a b", "", "*", ";", "ä\n\t\u001b[31m", "'\"\\"];
    const code = "import json, sys; print(json.dumps(sys.argv[1:]))";
    const { stdout } = await cli.run(["exec", name, "--", "python", "-c", code, ...hostile]);
    expect(JSON.parse(stdout)).toEqual(hostile);
  });

  test("Ctrl-C kills the program in the sandbox, which stays", async () => {
    const { child, seen, end } = cli.start([
      "exec",
      name,
      "--timeout",
      "none",
      "--",
      "sh",
      "-c",
      "echo ready; sleep 4711",
    ]);
    await waitUntil("the program runs", () => seen.stdout.includes("ready") || child.exitCode !== null);
    child.kill("SIGINT");
    expect(await end).toMatchObject({ exitCode: 130 });
    const census = 'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline; echo; done 2> /dev/null';
    await waitUntil("the program is gone", async () => {
      const { stdout } = await cli.run(["exec", name, "--", "sh", "-c", census]);
      return stdout.includes("sleep") && !stdout.split("\n").includes("sleep 4711 ");
    });
  });
});
