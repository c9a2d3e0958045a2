import { describe, expect, test } from "vitest";
import {
  runBytes,
  runPython,
  runShell,
  supervisorPids,
  testRuntime,
  testSandbox,
} from "./support/embedded.ts";
import { allowing, denied, type FakeGateway, fakeGateway } from "./support/fake-gateway.ts";

const runtime = testRuntime();
const mib = 1_048_576;
const withGateway = (gateway: FakeGateway) => testSandbox(runtime, { gateway });
const text = (body: Uint8Array | undefined) => Buffer.from(body ?? []).toString();

/** A request that is never answered, and how it ended. */
function endless() {
  const aborted = Promise.withResolvers<void>();
  const gateway = fakeGateway(
    ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => {
          aborted.resolve();
          reject(signal.reason);
        });
      }),
  );
  return { gateway, aborted: aborted.promise };
}

const arrived = (gateway: FakeGateway, count = 1) =>
  expect.poll(() => gateway.requests.length, { timeout: 30_000 }).toBe(count);

describe("a program reaches the gateway and nothing else", () => {
  test("with curl: method, headers, body and bytes as they are", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const gateway = fakeGateway(() => ({
      headers: [["content-type", "application/octet-stream"]],
      body: bytes,
    }));
    const sandbox = await withGateway(gateway);
    const argv = [
      "curl",
      "-s",
      "-X",
      "PUT",
      "-H",
      "X-Key: a b",
      "-d",
      "grüße",
      "https://api.test/a?b=c#d",
    ] as const;
    const { stdout, exitCode } = await runBytes(sandbox, [...argv]);
    expect(exitCode).toBe(0);
    expect([...stdout]).toEqual([...bytes]);
    expect(gateway.requests).toHaveLength(1);
    const [request] = gateway.requests;
    expect(request).toMatchObject({
      method: "PUT",
      url: "https://api.test/a?b=c#d",
      headers: { "x-key": "a b", "content-type": "application/x-www-form-urlencoded" },
    });
    expect(text(request?.body)).toBe("grüße");
    const { networkReceivedBytes, networkSentBytes } = await sandbox.stats();
    expect([networkReceivedBytes, networkSentBytes]).toEqual([256, Buffer.byteLength("grüße")]);
  });

  test("with fetch in JavaScript", async () => {
    const gateway = fakeGateway(({ body }) => ({ body: `echo ${text(body)}` }));
    const code = `const r = await fetch("https://api.test/js", { method: "POST", body: "abc", headers: { "x-a": "b" } });
      console.log(r.status, await r.text())`;
    const { stdout } = await runBytes(await withGateway(gateway), ["js-exec", "-m", "-c", code]);
    expect(stdout.toString()).toBe("200 echo abc\n");
    expect(gateway.requests[0]).toMatchObject({ method: "POST", url: "https://api.test/js" });
    expect(gateway.requests[0]?.headers).toMatchObject({ "x-a": "b" });
  });

  test("with urllib in Python", async () => {
    const gateway = fakeGateway(({ url, body }) =>
      url.endsWith("/denied") ? denied : { headers: [["x-b", "c"]], body: `echo ${text(body)}` },
    );
    const code = `import urllib.request as r, urllib.error
answer = r.urlopen(r.Request("https://api.test/py", data=b"abc", headers={"X-A": "b"}))
print(answer.status, answer.headers["x-b"], answer.read())
try: r.urlopen("https://api.test/denied")
except urllib.error.HTTPError as error: print(error.code, error.headers["x-sandbox-egress"])
try: r.urlopen("https://api.test/", data=b"\\xff")
except urllib.error.URLError as error: print(error.reason)
import jb_http
print(jb_http.get("https://api.test/plain").text)`;
    const { stdout, stderr } = await runPython(await withGateway(gateway), code);
    expect(stderr).toBe("");
    expect(stdout).toBe(
      "200 c b'echo abc'\n403 not-in-allowlist\nonly UTF-8 text can be sent from here\necho \n",
    );
    expect(gateway.requests[0]).toMatchObject({ method: "POST", url: "https://api.test/py" });
  });

  test("from eight commands at once, each gets its own answer", async () => {
    const gateway = fakeGateway(({ url }) => ({ body: url.slice(-1) }));
    const sandbox = await withGateway(gateway);
    const all = Array.from({ length: 8 }, (_, index) =>
      runShell(sandbox, `curl -s http://api.test/${index}`),
    );
    expect((await Promise.all(all)).map(({ stdout }) => stdout).join("")).toBe("01234567");
  });

  test("and not at all without one", async () => {
    const { exitCode, stderr } = await runShell(await testSandbox(runtime), "curl http://api.test/");
    expect(exitCode).toBe(127);
    expect(stderr).toContain("command not found");
  });
});

describe("what the gateway denies", () => {
  test("reaches the program as the answer that it is", async () => {
    const gateway = allowing(["http://good.test"], () => ({ body: "good" }));
    const sandbox = await withGateway(gateway);
    const { stdout } = await runShell(sandbox, "curl -si http://evil.test/; curl -s http://good.test/");
    expect(stdout).toBe("HTTP/1.1 403 Forbidden\r\nx-sandbox-egress: not-in-allowlist\r\n\r\nDenied.\ngood");
    const failing = await runShell(sandbox, "curl -sSf http://evil.test/");
    expect(failing).toMatchObject({ exitCode: 22, stderr: expect.stringContaining("403") });
  });

  test.each([
    "http://evil.test/",
    "http://sub.good.test/",
    "http://agood.test/",
    "http://good.test.evil.test/",
    "http://GOOD.test:81/",
    "http://good.test./",
    "http://good。test/",
    "http://good.test@evil.test/",
    "http://evil.test#@good.test/",
    "http://evil.test\\@good.test/",
    "http://good.test%00.evil.test/",
    "http://good.test%0d%0aHost:evil.test/",
    "http://127.1/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://[::ffff:7f00:1]/",
    "http://[fe80::1%25eth0]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/",
  ])("%s comes to it as it was written, once, and is denied", async (url) => {
    const gateway = allowing(["http://good.test"], () => ({ body: "reached" }));
    const sandbox = await shared(gateway);
    const { stdout } = await runBytes(sandbox, ["curl", "-s", url]);
    expect(stdout.toString()).toBe("Denied.\n");
    expect(current.requests.map((request) => request.url)).toEqual([url]);
  });

  test.each([
    "import jb_http; print(jb_http.get('http://good.test/', headers={'a': 'b\\r\\nHost: evil.test'}).text)",
    "import jb_http; print(jb_http.request('GET /\\r\\n', 'http://good.test/').text)",
    "import jb_http; print(jb_http.request('GET', 'http://good.test/' + 'x' * 40000).text)",
    "import jb_http; print(jb_http.get('http://good.test/', headers={'x' + str(n): 'y' for n in range(300)}).text)",
  ])("what is no request is not even asked: %s", async (code) => {
    const sandbox = await shared(fakeGateway(() => ({ body: "reached" })));
    const { stdout, exitCode } = await runPython(sandbox, code);
    expect(stdout).not.toContain("reached");
    expect(exitCode).toBe(1);
    expect(current.requests).toHaveLength(0);
  });

  /** One sandbox for many gateways. */
  let current: FakeGateway;
  let sandboxOfAll: ReturnType<typeof withGateway> | undefined;
  const shared = (gateway: FakeGateway) => {
    current = gateway;
    sandboxOfAll ??= withGateway({
      ...gateway,
      fetch: (request) => current.fetch(request),
    });
    return sandboxOfAll;
  };
});

describe("redirects", () => {
  const redirecting = (location: string) =>
    allowing(["http://good.test"], ({ url }) =>
      url.endsWith("/from") ? { status: 302, headers: [["location", location]] } : { body: "there" },
    );

  test("are answers until the program says that it follows them", async () => {
    const gateway = redirecting("/to");
    const sandbox = await withGateway(gateway);
    expect((await runShell(sandbox, "curl -si http://good.test/from")).stdout).toMatch(
      /^HTTP\/1.1 302 Found/,
    );
    expect(gateway.requests).toHaveLength(1);
    expect((await runShell(sandbox, "curl -sL http://good.test/from")).stdout).toBe("there");
    expect(gateway.requests.map(({ url }) => url).slice(1)).toEqual([
      "http://good.test/from",
      "http://good.test/to",
    ]);
  });

  test.each(["http://evil.test/", "http://169.254.169.254/", "//evil.test/"])(
    "to %s are judged again, without the credentials",
    async (location) => {
      const gateway = redirecting(location);
      const script = "curl -siL -u user:word -H 'Cookie: a=b' -d data http://good.test/from";
      const { stdout } = await runShell(await withGateway(gateway), script);
      expect(stdout).toContain("x-sandbox-egress: not-in-allowlist");
      expect(gateway.requests).toHaveLength(2);
      const [first, second] = gateway.requests;
      expect(first).toMatchObject({ method: "POST", headers: { cookie: "a=b" } });
      expect(first?.headers["authorization"]).toMatch(/^Basic /);
      expect(second).toMatchObject({ method: "GET", url: new URL(location, "http://good.test/").href });
      expect(Object.keys(second?.headers ?? {})).toEqual(["accept", "user-agent"]);
      expect(second?.body).toBeUndefined();
    },
  );

  test.each(["file:///etc/passwd", "data:text/plain,x", "http://", "javascript:1"])(
    "to %s are not followed",
    async (location) => {
      const gateway = redirecting(location);
      const { stdout } = await runShell(await withGateway(gateway), "curl -siL http://good.test/from");
      expect(stdout).toMatch(/^HTTP\/1.1 302 Found/);
      expect(gateway.requests).toHaveLength(1);
    },
  );

  test("in a circle end", async () => {
    const gateway = redirecting("/from");
    const { exitCode } = await runShell(await withGateway(gateway), "curl -sL http://good.test/from");
    expect(exitCode).toBe(47);
    expect(gateway.requests).toHaveLength(21);
  });
});

describe("bounds", () => {
  test("a request's body of 8 MiB is sent, a larger one refused before it leaves", async () => {
    const gateway = fakeGateway(({ body }) => ({ body: String(body?.length) }));
    const sandbox = await withGateway(gateway);
    const send = async (bytes: number) => {
      const script = "cat > big && curl -sS --data-binary @big http://api.test/";
      const input = Buffer.alloc(bytes, "x");
      const { stdout, stderr, exitCode } = await runBytes(sandbox, ["sh", "-c", script], { input });
      return { stdout: stdout.toString(), stderr: stderr.toString(), exitCode };
    };
    expect((await send(8 * mib)).stdout).toBe(String(8 * mib));
    const { stderr, exitCode } = await send(8 * mib + 1);
    expect(stderr).toContain("larger than 8 MiB");
    expect(exitCode).toBe(1);
    expect(gateway.requests).toHaveLength(1);
  });

  test("an answer of 32 MiB is taken, of a larger one the rest is not even read", async () => {
    let given = 0;
    let isLetGo = false;
    const gateway = fakeGateway(({ url }) => ({
      body: (async function* () {
        const end = url.endsWith("/all") ? 32 : 1_000;
        try {
          for (given = 0; given < end; given++) yield new Uint8Array(mib);
        } finally {
          isLetGo = true;
        }
      })(),
    }));
    const sandbox = await withGateway(gateway);
    expect((await runShell(sandbox, "curl -s http://api.test/all -o f && wc -c < f")).stdout.trim()).toBe(
      String(32 * mib),
    );
    isLetGo = false;
    const { stderr, exitCode } = await runShell(sandbox, "curl -sS http://api.test/more -o g");
    expect(stderr).toContain("larger than 32 MiB");
    expect(exitCode).toBe(1);
    await expect.poll(() => isLetGo, { timeout: 30_000 }).toBe(true);
    expect(given).toBeLessThan(40);
  });

  test("a small sandbox takes small answers", async () => {
    const gateway = fakeGateway(() => ({ body: new Uint8Array(9 * mib) }));
    const caps = { memoryMib: 64, cpus: 1, pids: 64, diskMib: 16, openFiles: 64 };
    const sandbox = await testSandbox(runtime, { gateway, caps });
    expect((await runShell(sandbox, "curl -sS http://api.test/ -o g")).stderr).toContain("larger than 8 MiB");
  });
});

describe("a request ends with whoever made it", () => {
  test("when the command is killed", async () => {
    const { gateway, aborted } = endless();
    const sandbox = await withGateway(gateway);
    const command = await sandbox.spawn({
      argv: ["curl", "http://api.test/"],
      env: {},
      cwd: "/",
      stdin: "none",
    });
    await arrived(gateway);
    await command.kill("SIGKILL");
    await aborted;
    expect((await command.wait()).signal).toBe("SIGKILL");
    expect((await runShell(sandbox, "echo alive")).stdout).toBe("alive\n");
  });

  test.each(["curl -sS -m 0.3 http://api.test/", "timeout 0.3 curl -sS http://api.test/"])(
    "when its time is over: %s",
    async (script) => {
      const { gateway, aborted } = endless();
      const { exitCode } = await runShell(await withGateway(gateway), script);
      await aborted;
      expect([28, 124]).toContain(exitCode);
    },
  );

  test.each(["stop", "kill", "destroy"] as const)("when the sandbox is ended by %s", async (verb) => {
    const { gateway, aborted } = endless();
    const sandbox = await withGateway(gateway);
    const running = runShell(sandbox, "curl http://api.test/").catch(() => {});
    await arrived(gateway);
    await sandbox[verb]({ graceMs: 0 });
    await aborted;
    await running;
  });

  test.skipIf(process.platform !== "linux")("when the sandbox's process dies", async () => {
    const { gateway, aborted } = endless();
    const sandbox = await withGateway(gateway);
    const [pid] = supervisorPids();
    const running = runShell(sandbox, "curl http://api.test/").catch((error: unknown) => error);
    await arrived(gateway);
    process.kill(pid as number, "SIGKILL");
    await aborted;
    expect(await running).toMatchObject({ code: "sandbox_lost" });
  });
});

test("an error of the host's side is not shown to the program", async () => {
  const gateway = fakeGateway(() => Promise.reject(new Error("host-canary")));
  const { stderr, stdout, exitCode } = await runShell(
    await withGateway(gateway),
    "curl -v http://api.test/; js-exec -m -c 'await fetch(\"http://api.test/\")'",
  );
  expect(stdout + stderr).toContain("Network access denied: the connection was closed");
  expect(stdout + stderr).not.toContain("host-canary");
  expect(exitCode).not.toBe(0);
});
