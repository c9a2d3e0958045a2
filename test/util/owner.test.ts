import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import { currentOwner, isOwnerGone, type OwnerIdentity, parseProcessStat } from "../../src/util/owner.ts";
import { waitUntil } from "../support/wait-until.ts";

const onLinux = process.platform === "linux";
const self = currentOwner();

/** A process that tells its identity and then waits. */
async function otherProcess(): Promise<{ child: ChildProcess; owner: OwnerIdentity }> {
  const program = `import { currentOwner } from ${JSON.stringify(new URL("../../src/util/owner.ts", import.meta.url).href)};
process.stdout.write(JSON.stringify(currentOwner()));
setInterval(() => {}, 60_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [text] = await once(child.stdout as NodeJS.ReadableStream, "data");
  return { child, owner: JSON.parse(String(text)) };
}

describe("currentOwner", () => {
  test("is the same at every call and names this process", () => {
    expect(currentOwner()).toEqual(self);
    expect(self.pid).toBe(process.pid);
    expect(self.host).toMatch(/^[0-9a-f]{16}$/);
  });

  test.runIf(onLinux)("has every field on Linux", () => {
    expect(self.boot).toMatch(/^[0-9a-f-]{36}$/);
    expect(self.pidNamespace).toMatch(/^pid:\[\d+\]$/);
    expect(self.startTime).toMatch(/^\d+$/);
  });
});

describe("isOwnerGone", () => {
  const noSuchPid = 2 ** 22 + 12345;

  test.each<[string, Partial<OwnerIdentity>, boolean]>([
    ["this very process", {}, false],
    ["no such process", { pid: noSuchPid }, true],
    ["another start time of a living process", { startTime: "1" }, onLinux],
    ["an unknown start time of a living process", { startTime: "" }, false],
    ["another host, no such process", { host: "0123456789abcdef", pid: noSuchPid }, false],
    ["an unknown host", { host: "", pid: noSuchPid }, false],
    ["another boot of the same host", { boot: "11111111-1111-1111-1111-111111111111" }, onLinux],
    ["an unknown boot", { boot: "", pid: noSuchPid }, !onLinux],
    ["another process-id namespace, no such process", { pidNamespace: "pid:[1]", pid: noSuchPid }, false],
    ["an unknown process-id namespace", { pidNamespace: "", pid: noSuchPid }, !onLinux],
    ["a pid that cannot be", { pid: -1 }, false],
    ["a pid of 0", { pid: 0 }, false],
    ["a pid that is no number", { pid: Number.NaN }, false],
    ["a process of another user", { pid: 1, startTime: "" }, false],
  ])("of %s", (_case, difference, gone) => {
    expect(isOwnerGone({ ...self, ...difference })).toBe(gone);
  });

  test("turns true when the process is killed with SIGKILL", async () => {
    const { child, owner } = await otherProcess();
    expect(owner).toMatchObject({
      host: self.host,
      boot: self.boot,
      pidNamespace: self.pidNamespace,
      pid: child.pid,
    });
    expect(isOwnerGone(owner)).toBe(false);
    child.kill("SIGKILL");
    await waitUntil("the killed process counts as gone", () => isOwnerGone(owner));
  });

  test.runIf(onLinux)("is true of a process that is dead and was never reaped", async () => {
    const parent = spawn("sh", ["-c", "exec 3<&0; cat <&3 >/dev/null & echo $!; exec sleep 600"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    onTestFinished(() => void parent.kill("SIGKILL"));
    const [text] = await once(parent.stdout, "data");
    const { readFile } = await import("node:fs/promises");
    const pid = Number(String(text));
    const nameOfParent = () => readFile(`/proc/${parent.pid}/comm`, "utf8");
    await waitUntil(
      "the shell, which would reap, is sleep, which does not",
      async () => (await nameOfParent()) === "sleep\n",
    );
    parent.stdin.end();
    const startTime = await waitUntil("the child is a zombie", async () => {
      const stat = parseProcessStat(await readFile(`/proc/${pid}/stat`, "utf8"));
      return stat?.isZombie ? stat.startTime : undefined;
    });
    expect(isOwnerGone({ ...self, pid, startTime })).toBe(true);
  });
});

describe("parseProcessStat", () => {
  const rest = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 1 18 4242 20";

  test.each(["node", "a b", "a) S 1 (b", ")))", "x\n) R"])(
    "finds the start time behind the name %j",
    (name) => {
      expect(parseProcessStat(`77 (${name}) ${rest}`)).toEqual({ startTime: "4242", isZombie: false });
    },
  );

  test("knows a zombie, but not a thread group whose leader alone has ended", () => {
    expect(parseProcessStat(`77 (a) ${rest.replace("S", "Z")}`)?.isZombie).toBe(true);
    expect(parseProcessStat(`77 (a) ${rest.replace("S", "Z").replace("16 1 18", "16 2 18")}`)?.isZombie).toBe(
      false,
    );
  });

  test.each(["", "77", "77 (a) S 1 2", "garbage"])("gives nothing for %j", (text) => {
    expect(parseProcessStat(text)).toBeUndefined();
  });
});
