import { type ForkOptions, fork } from "node:child_process";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { findInterpreterPackage } from "../../../runtimes/embedded/find-package.ts";
import { supervisorOptions } from "../../../runtimes/embedded/supervisor-options.ts";

/** What code gets that has broken out of the interpreter, in a process that is started as a sandbox's is, but for some options. */
async function breakOut(differences: ForkOptions): Promise<Record<string, string>> {
  const { folders } = (await findInterpreterPackage()) ?? { folders: [] };
  const program = new URL("./programs/broken-out.ts", import.meta.url);
  const child = fork(program, [], { ...supervisorOptions(folders), ...differences });
  const [answer] = (await once(child, "message")) as [Record<string, string>];
  child.kill("SIGKILL");
  return answer;
}

const open = {
  "read /etc/passwd": "done",
  "write a file": "done",
  "start a program": "done",
  "load an addon": "ERR_DLOPEN_FAILED",
  "open the inspector": "done",
  "read as a freed thread": "done",
  "read as a thread with an environment": "done",
};

const closed = {
  "read /etc/passwd": "ERR_ACCESS_DENIED",
  "write a file": "ERR_ACCESS_DENIED",
  "start a program": "ERR_ACCESS_DENIED",
  "load an addon": "ERR_DLOPEN_DISABLED",
  "open the inspector": "ERR_ACCESS_DENIED",
  "read as a freed thread": "ERR_ACCESS_DENIED",
  "read as a thread with an environment": "ERR_ACCESS_DENIED",
};

describe("code that has broken out of the interpreter", () => {
  test("has the rights of the user where there is no second fence", async () => {
    expect(await breakOut({ execArgv: ["--no-warnings"] })).toEqual(open);
  });

  test("has next to none behind it", async () => {
    expect(await breakOut({})).toEqual(closed);
  });
});
