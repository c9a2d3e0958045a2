import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { removeBootFolder } from "../../runtimes/microsandbox/boot-folders.ts";
import { mapVendorError } from "../../runtimes/microsandbox/errors.ts";
import { loadSdk, vendorHome } from "../../runtimes/microsandbox/sdk.ts";
import { eraseVendorLog } from "../../runtimes/microsandbox/vendor-log.ts";
import { requireComponent } from "../support/components.ts";
import { waitUntil } from "../support/wait-until.ts";

const image = "python:3.11-slim";

async function newMachine(name: string) {
  const sdk = await loadSdk();
  const builder = sdk.Sandbox.builder(name).image(image).cpus(1).memory(256).disableNetwork().detached(true);
  const machine = await builder.create();
  onTestFinished(async () => (await sdk.Sandbox.get(name)).destroy({ force: true }));
  return { sdk, machine };
}

test("nothing that commands print is kept in clear, past the bound of the vendor's log, and after a restart", async (context) => {
  requireComponent("microvm", context);
  const name = `traces-${crypto.randomUUID().slice(0, 8)}`;
  const logs = join(vendorHome(), "sandboxes", name, "logs");
  onTestFinished(eraseVendorLog(vendorHome(), name));
  const { sdk, machine } = await newMachine(name);
  const print =
    "i=0; while [ $i -lt 12 ]; do head -c 1000000 /dev/zero | tr '\\0' x; i=$((i+1)); done; echo top-secret";
  const kept = async () => {
    const names = await readdir(logs);
    const texts = await Promise.all(
      names.map((each) => readFile(join(logs, each), "latin1").catch(() => "")),
    );
    return { names, text: texts.join("") };
  };
  expect((await machine.shell(print)).code).toBe(0);
  await waitUntil(
    "the log is gone",
    async () => !(await kept()).names.some((each) => each.startsWith("exec.log")),
  );
  expect((await kept()).text).not.toMatch(/top-secret|xxxx/);
  await machine.kill();
  const again = await sdk.Sandbox.startDetached(name);
  await again.shell("echo top-secret");
  await waitUntil(
    "the log is gone",
    async () => !(await kept()).names.some((each) => each.startsWith("exec.log")),
  );
  expect((await kept()).text).not.toContain("top-secret");
});

test("the folder that a microVM has booted from can be removed, and the microVM goes on", async (context) => {
  requireComponent("microvm", context);
  const name = `booted-${crypto.randomUUID().slice(0, 8)}`;
  const isBootFolder = (each: string) => /^\.tmp\w{6}$/.test(each);
  const before = new Set(await readdir(tmpdir()));
  const { sdk, machine } = await newMachine(name);
  const made = (await readdir(tmpdir())).filter((each) => isBootFolder(each) && !before.has(each));
  expect(made.length).toBeGreaterThan(0);
  await removeBootFolder(name);
  expect(made.filter((each) => existsSync(join(tmpdir(), each)))).toEqual([]);
  expect((await machine.shell("echo on > /root/file; cat /root/file")).stdout()).toBe("on\n");
  await machine.kill();
  const again = await sdk.Sandbox.startDetached(name);
  await removeBootFolder(name);
  expect((await again.shell("cat /root/file || echo lost")).code).toBe(0);
  expect((await stat(join(vendorHome(), "sandboxes", name))).isDirectory()).toBe(true);
});

test("the vendor's errors mean what they say", async (context) => {
  requireComponent("microvm", context);
  const name = `errors-${crypto.randomUUID().slice(0, 8)}`;
  const { sdk, machine } = await newMachine(name);
  const codeOf = async (work: Promise<unknown>, sandbox?: string) =>
    await work.then(
      () => "none",
      (error: unknown) => mapVendorError(error, "do it", sandbox).code,
    );
  expect(await codeOf(sdk.Sandbox.builder(name).image(image).create(), name)).toBe("already_exists");
  expect(await codeOf(sdk.Sandbox.get("nowhere"))).toBe("not_found");
  expect(await codeOf(sdk.Sandbox.get("nowhere"), "nowhere")).toBe("sandbox_lost");
  expect(await codeOf(sdk.Sandbox.builder("a b/..").image(image).create())).toBe("invalid_argument");
  await machine.kill();
  // The connection breaks a moment before the vendor knows that the microVM has ended.
  expect(["connection_lost", "sandbox_lost"]).toContain(await codeOf(machine.shell("true"), name));
  await machine.waitUntilStopped();
  expect(await codeOf((await sdk.Sandbox.get(name)).connect(), name)).toBe("sandbox_lost");
});
