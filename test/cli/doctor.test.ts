import { describe, expect, test } from "vitest";
import { describeWith } from "../support/components.ts";
import { runCli, runCliJson } from "./support/run-cli.ts";

const nowhere = { DOCKER_HOST: "unix:///nowhere/docker.sock" };

interface Report {
  readonly runtime: string;
  readonly isolation: string;
  readonly available: boolean;
  readonly reason?: string;
  readonly remedy?: string;
  readonly version?: string;
  readonly selfTest?: {
    readonly status: string;
    readonly code?: string;
    readonly remedy?: string;
    readonly checks?: readonly {
      readonly name: string;
      readonly status: string;
      readonly evidence: string;
    }[];
  };
}

function reportOf(document: Record<string, unknown>, runtime: string): Report | undefined {
  return (document.runtimes as Report[]).find((report) => report.runtime === runtime);
}

function statusesOf(report: Report | undefined): Record<string, string> {
  return Object.fromEntries((report?.selfTest?.checks ?? []).map(({ name, status }) => [name, status]));
}

describe("doctor without an engine", () => {
  test("says what is missing with the remedy, and proves the rest", async () => {
    const { exitCode, document, stderr } = await runCliJson(["doctor"], { env: nowhere });
    expect({ exitCode, stderr, ok: document.ok }).toEqual({ exitCode: 0, stderr: "", ok: true });
    expect(reportOf(document, "docker")).toMatchObject({
      available: false,
      reason: expect.stringContaining("/nowhere/docker.sock"),
      remedy: expect.stringMatching(/\w/),
    });
    const embedded = reportOf(document, "embedded");
    expect(embedded).toMatchObject({
      available: true,
      isolation: "interpreter",
      selfTest: { status: "passed" },
    });
    expect(statusesOf(embedded)).toMatchObject({
      "host-network": "enforced",
      "host-files": "enforced",
      "files-round-trip": "enforced",
      "disk-cap": "enforced",
      "memory-cap": "enforced",
      timeout: "enforced",
      "network-connect": "not_applicable",
      seccomp: "not_applicable",
      capabilities: "not_applicable",
    });
    for (const { evidence } of embedded?.selfTest?.checks ?? []) expect(evidence).not.toBe("");
  });

  test("is readable", async () => {
    const { exitCode, stdout } = await runCli(["doctor"], { env: nowhere });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^docker: not available$/m);
    expect(stdout).toMatch(/^ {2}remedy: ./m);
    expect(stdout).toMatch(/^embedded: available, version \S+$/m);
    expect(stdout).toMatch(/^ {2}isolation: interpreter \(the code is interpreted; no boundary/m);
    expect(stdout).toMatch(/^ {4}enforced +files of the host cannot be read +./m);
    expect(stdout).toMatch(/^ {4}not applicable +system calls are filtered +./m);
    expect(stdout).not.toContain("\u001b");
  });

  test("only looks with --no-self-test", async () => {
    const { exitCode, document } = await runCliJson(["doctor", "--no-self-test"], { env: nowhere });
    expect(exitCode).toBe(0);
    expect(reportOf(document, "embedded")?.selfTest).toMatchObject({ status: "not_run" });
  });

  test("leaves with 69 when nothing is available", async () => {
    const { exitCode, document } = await runCliJson(["--runtime", "docker", "doctor"], { env: nowhere });
    expect({ exitCode, ok: document.ok }).toEqual({ exitCode: 69, ok: false });
    expect(reportOf(document, "embedded")).toBeUndefined();
  });

  test("counts only what is strong enough", async () => {
    const { exitCode } = await runCliJson(["--minimum-isolation", "container", "doctor"], { env: nowhere });
    expect(exitCode).toBe(69);
  });
});

describeWith("docker", "doctor on Docker", (host) => {
  const env = { DOCKER_HOST: host };

  test("proves every claim", async () => {
    const { exitCode, document } = await runCliJson(["--runtime", "docker", "doctor"], { env });
    const docker = reportOf(document, "docker");
    expect(docker).toMatchObject({
      available: true,
      version: expect.stringMatching(/\d/),
      isolation: "container",
    });
    expect(statusesOf(docker)).toEqual({
      "network-interfaces": "enforced",
      "network-connect": "enforced",
      "host-network": "enforced",
      "egress-broker": "enforced",
      "host-files": "enforced",
      "unprivileged-user": "enforced",
      capabilities: "enforced",
      "no-new-privileges": "enforced",
      seccomp: "enforced",
      "read-only-root": "enforced",
      "files-round-trip": "enforced",
      "disk-cap": "enforced",
      timeout: "enforced",
      "memory-cap": "enforced",
      "pids-cap": "enforced",
    });
    expect({ exitCode, ok: document.ok }).toEqual({ exitCode: 0, ok: true });
    expect((await runCliJson(["--runtime", "docker", "ls"], { env })).stdout).not.toContain('"doctor-');
  }, 180_000);

  test("a missing image leaves the self-test not run, with the remedy", async () => {
    const args = ["--runtime", "docker", "doctor", "--image", "127.0.0.1:1/no/such:image"];
    const { exitCode, document } = await runCliJson(args, { env });
    expect(exitCode).toBe(0);
    expect(reportOf(document, "docker")?.selfTest).toMatchObject({
      status: "not_run",
      code: expect.stringMatching(/^image_/),
      remedy: expect.stringMatching(/pull|load/),
    });
  });
});
