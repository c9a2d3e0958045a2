import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runBytes, runPython, runShell, testRuntime, testSandbox } from "./support/embedded.ts";

const shared = testSandbox(testRuntime());
const secret = "a-secret-of-the-host";
let requests = 0;
const server = createServer((_request, response) => {
  requests += 1;
  response.end(secret);
});
let address: string;

beforeAll(async () => {
  process.env["CTX_SANDBOX_TEST_SECRET"] = secret;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  delete process.env["CTX_SANDBOX_TEST_SECRET"];
  server.close();
});

const everything = async (argv: readonly [string, ...string[]]) => {
  const { stdout, stderr } = await runBytes(await shared, argv);
  return `${stdout}${stderr}`;
};

describe("the host's files, environment and processes are not there", () => {
  test("for the shell", async () => {
    const script = `cat /etc/passwd /etc/shadow /proc/1/environ /proc/self/environ /proc/self/maps ${import.meta.filename}
      ls -la / /root /home /proc /sys; env; set; cat ../../../../etc/passwd; source ${import.meta.filename}
      cat < /dev/tcp/127.0.0.1/22; echo \${!PATH@}; printenv; ps aux; echo ~root`;
    const seen = await everything(["sh", "-c", script]);
    expect(seen).toContain("user:x:1000:1000");
    expect(seen).not.toMatch(/root:x:0:0/);
    expect(seen).not.toContain(secret);
    expect(seen).not.toContain("describe(");
  });

  test("for Python", async () => {
    const code = `import os, sys
for path in ["/etc/shadow", "/proc/1/environ", "/proc/self/maps", "/host/etc/shadow", "/host/../etc/shadow", ${JSON.stringify(import.meta.filename)}, "/lib/../../etc/shadow"]:
    try: print(open(path).read())
    except Exception as error: print("no", path)
print(dict(os.environ), open("/etc/passwd").read())
for attempt in ["import js", "import pyodide", "import ctypes; ctypes.CDLL(None)", "import subprocess; subprocess.run(['id'])", "os.system('id > /workspace/id')", "os.fork()", "os.execv('/bin/sh', ['sh'])", "import socket; socket.socket()", "import _thread; _thread.start_new_thread(print, ('thread',))"]:
    try: exec(attempt); print("done:", attempt)
    except BaseException as error: print("no", attempt)`;
    const { stdout, stderr } = await runPython(await shared, code);
    expect(stdout + stderr).toContain("user:x:1000:1000");
    expect(stdout + stderr).not.toMatch(/root:x:0:0|describe\(|done: import (js|pyodide)/);
    expect(stdout + stderr).not.toContain(secret);
    expect((await runShell(await shared, "ls /workspace/id")).exitCode).not.toBe(0);
  });

  test("for JavaScript", async () => {
    const code = `const names = ["fs", "node:fs", "child_process", "worker_threads", "vm", "net", "module", "process"];
for (const name of names) try { const m = require(name); console.log(name, Object.keys(m).slice(0, 3).join()) } catch (error) { console.log("no", name) }
try { console.log(require("fs").readFileSync("/etc/passwd", "utf8")) } catch (error) { console.log("no passwd") }
try { console.log(require("fs").readFileSync(${JSON.stringify(import.meta.filename)}, "utf8")) } catch (error) { console.log("no file") }
try { console.log(require("child_process").execSync("cat /etc/shadow; env").toString()) } catch (error) { console.log("no exec") }
console.log(JSON.stringify(process.env), typeof WebAssembly, typeof process.binding, typeof globalThis.constructor);
try { console.log(Function("return this")().process?.mainModule) } catch (error) { console.log("no function") }
try { console.log(this.constructor.constructor("return process")().version) } catch (error) { console.log("no constructor") }`;
    const seen = await everything(["js-exec", "-c", code]);
    expect(seen).not.toMatch(/root:x:0:0|describe\(|node_modules/);
    expect(seen).not.toContain(secret);
  });
});

describe("the host's network is not there", () => {
  test.each([
    ["curl", ["curl", "http://HOST/"]],
    ["wget", ["wget", "-qO-", "http://HOST/"]],
    ["a device of the shell", ["bash", "-c", "exec 3<>/dev/tcp/HOST; cat <&3; cat /dev/tcp/HOST"]],
    [
      "urllib",
      ["python3", "-c", "import urllib.request as r; print(r.urlopen('http://HOST/', timeout=5).read())"],
    ],
    [
      "http.client",
      [
        "python3",
        "-c",
        "import http.client as h; c = h.HTTPConnection('HOST'); c.request('GET', '/'); print(c.getresponse().read())",
      ],
    ],
    [
      "a socket",
      ["python3", "-c", "import socket as s; print(s.create_connection('HOST'.split(':'), 5).recv(100))"],
    ],
    [
      "the interpreter's bridge",
      ["python3", "-c", "import jb_http; print(jb_http.get('http://HOST/').text)"],
    ],
    ["fetch", ["js-exec", "-m", "-c", "console.log(await (await fetch('http://HOST/')).text())"]],
    [
      "a shell in JavaScript",
      ["js-exec", "-c", "console.log(require('child_process').execSync('curl http://HOST/').toString())"],
    ],
    ["HTML to Markdown", ["html-to-markdown", "http://HOST/"]],
    ["yq's load", ["yq", "-n", 'load("http://HOST/")']],
  ] as const)("for %s", async (_what, argv) => {
    const [program, ...args] = argv.map((word) => word.replaceAll("HOST", address));
    const process = await (await shared).spawn({
      argv: [program ?? "", ...args],
      env: {},
      cwd: "/workspace",
      stdin: "none",
    });
    const timer = setTimeout(() => void process.kill("SIGKILL"), 20_000);
    let seen = "";
    for await (const { data } of process.output) seen += Buffer.from(data).toString();
    await process.wait();
    clearTimeout(timer);
    expect(seen).not.toContain(secret);
    expect(requests).toBe(0);
  });

  test("but for us, which shows that the server answers", async () => {
    expect(await (await fetch(`http://${address}/`)).text()).toBe(secret);
    expect(requests).toBe(1);
  });
});

describe("names that are special in JavaScript", () => {
  test("are names like others, for files, variables and keys", async () => {
    const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"];
    const script = `mkdir p && cd p
for n in ${names.join(" ")}; do mkdir -p $n && echo $n > $n/$n; done; cat */*
export __proto__=polluted; declare -A m; for n in ${names.join(" ")}; do m[$n]=v$n; done; for n in ${names.join(" ")}; do echo \${m[$n]}; done
awk 'BEGIN { a["__proto__"] = 1; a["constructor"] = 2; for (k in a) n++; print n }'
echo '{"__proto__": {"polluted": 1}, "constructor": 2}' | jq -c keys; echo x: 1 | yq .x; cd ..; rm -r p; ls`;
    const { stdout } = await runShell(await shared, script);
    const sorted = names.toSorted();
    expect(stdout).toBe(
      `${sorted.join("\n")}\n${names.map((name) => `v${name}`).join("\n")}\n2\n["__proto__","constructor"]\n1\n`,
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test("are names like others, for the environment", async () => {
    const env = JSON.parse('{"__proto__": "a", "constructor": "b"}') as Record<string, string>;
    const { stdout } = await runShell(await shared, 'echo "$__proto__ $constructor"', { env });
    expect(stdout).toBe("a b\n");
  });
});
