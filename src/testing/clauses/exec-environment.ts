import assert from "node:assert/strict";
import { isSandboxError } from "../../errors/index.ts";
import { type Clause, clauseGroup } from "../clause.ts";
import { expectOk, expectRefusal, expectStdout } from "../expectations.ts";
import { hostileStrings } from "../hostile-strings.ts";
import { has, lacks } from "../requirement.ts";

/** Working folder, environment and user of a command. */
export const execEnvironmentClauses: readonly Clause[] = clauseGroup("exec", [
  {
    name: "cwd",
    behaviour: "a command runs in the given folder, whatever its name",
    async run({ shared, folder }) {
      const handle = await shared();
      const base = await folder(handle);
      await expectStdout(handle.exec("pwd", [], { cwd: "/tmp" }), "/tmp\n");
      await expectStdout(handle.exec("pwd", [], { cwd: "/" }), "/\n");
      for (const name of ["two words", "$(x)", "it's", "-n", "é😀"]) {
        await handle.files.mkdir(`${base}/${name}`);
        await expectStdout(handle.exec("pwd", [], { cwd: `${base}/${name}` }), `${base}/${name}\n`);
        await expectStdout(handle.shell("pwd", { cwd: `${base}/${name}` }), `${base}/${name}\n`);
      }
    },
  },
  {
    name: "cwd-missing",
    behaviour: "a command whose folder is missing fails; it runs nowhere else and the folder is not created",
    async run({ shared, folder }) {
      const handle = await shared();
      const cwd = `${await folder(handle)}/missing`;
      try {
        const result = await handle.exec("pwd", [], { cwd });
        assert.notEqual(result.exitCode, 0);
        assert.equal(result.stdout, "");
      } catch (error) {
        assert.ok(isSandboxError(error), `not a SandboxError: ${error}`);
        assert.ok(["file_not_found", "invalid_argument"].includes(error.code), error.code);
      }
      assert.equal(await handle.files.exists(cwd), false);
    },
  },
  {
    name: "env",
    behaviour: "a command sees the sandbox's environment and its own, and its own wins",
    async run({ sandbox }) {
      const handle = await sandbox({ env: { ONE: "sandbox", TWO: "sandbox" } });
      const print = 'echo "$ONE,$TWO,$THREE"';
      await expectStdout(handle.shell(print), "sandbox,sandbox,\n");
      await expectStdout(handle.shell(print, { env: { TWO: "own", THREE: "own" } }), "sandbox,own,own\n");
      await expectStdout(handle.exec("sh", ["-c", print], { env: { ONE: "" } }), ",sandbox,\n");
      await expectStdout(handle.shell(print), "sandbox,sandbox,\n");
    },
  },
  {
    name: "env-literal",
    behaviour: "hostile values of environment variables arrive literally, the sandbox's and the command's",
    async run({ sandbox }) {
      const env = Object.fromEntries(hostileStrings.map((text, index) => [`VALUE_${index}`, text]));
      const script = hostileStrings.map((_, index) => `printf '[%s]\\n' "$VALUE_${index}"`).join("\n");
      const expected = hostileStrings.map((text) => `[${text}]\n`).join("");
      const plain = await sandbox();
      assert.equal((await expectOk(plain.shell(script, { env }))).stdout, expected);
      const furnished = await sandbox({ env });
      assert.equal((await expectOk(furnished.shell(script))).stdout, expected);
      assert.equal(await furnished.files.exists("/workspace/pwned"), false);
    },
  },
  {
    name: "env-of-host-is-not-there",
    behaviour: "nothing of the host's environment is in the sandbox",
    async run({ sandbox, afterwards }) {
      const secret = "conformance-secret-of-the-host";
      process.env.CTX_SANDBOX_CONFORMANCE_SECRET = secret;
      afterwards(async () => delete process.env.CTX_SANDBOX_CONFORMANCE_SECRET);
      const handle = await sandbox();
      const { stdout } = await expectOk(handle.exec("env"));
      assert.ok(!stdout.includes(secret), "a variable of the host is in the sandbox");
    },
  },
  {
    name: "no-state-between-commands",
    behaviour: "folder, variables and functions of one command are not those of the next; files are",
    async run({ sandbox }) {
      const handle = await sandbox();
      await expectOk(
        handle.shell("cd /tmp; X=left; export X; f() { echo left; }; echo file > /workspace/kept"),
      );
      await expectStdout(handle.shell('pwd; echo "[$X]"; cat kept'), "/workspace\n[]\nfile\n");
      assert.equal((await handle.shell("f")).exitCode, 127);
    },
  },
  {
    name: "user",
    behaviour: "a command runs as the given uid, or uid and gid, and others as before",
    needs: [has("users")],
    async run({ shared }) {
      const handle = await shared();
      const { stdout: usual } = await expectOk(handle.exec("id", ["-u"]));
      await expectStdout(handle.exec("id", ["-u"], { user: "4321" }), "4321\n");
      await expectStdout(handle.shell("id -u; id -g", { user: "4321:8765" }), "4321\n8765\n");
      await expectStdout(handle.exec("id", ["-u"]), usual);
    },
  },
  {
    name: "user-option-is-refused",
    behaviour: "without users a `user` option is refused as unsupported",
    needs: [lacks("users")],
    async run({ shared }) {
      const handle = await shared();
      for (const call of [
        () => handle.exec("true", [], { user: "0" }),
        () => handle.shell("true", { user: "0" }),
        () => handle.spawn("true", [], { user: "0" }),
      ]) {
        assert.equal((await expectRefusal(call, "unsupported")).data.capability, "users");
      }
    },
  },
  {
    name: "restricted-is-not-root",
    behaviour: "commands of the profile `restricted` are not root, those of `root` are",
    needs: [has("users")],
    async run({ shared, sandbox }) {
      assert.notEqual((await expectOk((await shared()).exec("id", ["-u"]))).stdout, "0\n");
      await expectStdout((await sandbox({ profile: "root" })).exec("id", ["-u"]), "0\n");
    },
  },
]);
