import { expect, test } from "vitest";
import { hostsFile, resolverFile, withEgressEnvironment } from "../../src/runtime/index.ts";

test("the way out wins over the caller's variables, and the others stay", () => {
  const env = {
    MINE: "1",
    HTTPS_PROXY: "http://evil",
    ALL_PROXY: "socks5://evil",
    SSL_CERT_FILE: "/own.pem",
  };
  const result = withEgressEnvironment(env, false);
  expect(result).toMatchObject({
    MINE: "1",
    HTTPS_PROXY: "http://127.0.0.1:3128",
    SSL_CERT_FILE: "/own.pem",
  });
  expect(result).not.toHaveProperty("ALL_PROXY");
  expect(withEgressEnvironment(env, true)).toMatchObject({ SSL_CERT_FILE: "/run/ctx-sandbox/ca-bundle.pem" });
});

test("names are asked for on the loopback, as they are written", () => {
  expect(resolverFile).toBe("nameserver 127.0.0.1\nsearch .\n");
  expect(hostsFile("box")).toBe("127.0.0.1\tlocalhost box\n::1\tlocalhost ip6-localhost ip6-loopback\n");
});
