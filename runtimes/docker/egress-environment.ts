import { proxyPort } from "../../src/runtime/index.ts";
import { certificateBundlePath } from "./certificate-bundle.ts";

const proxy = `http://127.0.0.1:${proxyPort}`;
const direct = "localhost,127.0.0.1,::1";

const proxyVariables: Readonly<Record<string, string>> = {
  HTTP_PROXY: proxy,
  HTTPS_PROXY: proxy,
  http_proxy: proxy,
  https_proxy: proxy,
  NO_PROXY: direct,
  no_proxy: direct,
  NODE_USE_ENV_PROXY: "1",
};

/** Programs disagree on what ALL_PROXY means, and it stands for SOCKS more often than not. */
const removedVariables = ["ALL_PROXY", "all_proxy"];

const bundleVariables = [
  "SSL_CERT_FILE",
  "CURL_CA_BUNDLE",
  "REQUESTS_CA_BUNDLE",
  "NODE_EXTRA_CA_CERTS",
  "GIT_SSL_CAINFO",
  "PIP_CERT",
  "CARGO_HTTP_CAINFO",
  "AWS_CA_BUNDLE",
];

/**
 * The container's environment with what programs need to find the gateway, in the engine's form, where a name without a value removes
 * the variable. The caller's values lose: they could only keep programs from reaching it.
 */
export function withEgressEnvironment(
  env: Readonly<Record<string, string>>,
  hasCertificateBundle: boolean,
): string[] {
  const bundle = hasCertificateBundle ? bundleVariables.map((name) => [name, certificateBundlePath]) : [];
  const all = { ...env, ...proxyVariables, ...(Object.fromEntries(bundle) as Record<string, string>) };
  const kept = Object.entries(all).filter(([name]) => !removedVariables.includes(name));
  return [...kept.map(([name, value]) => `${name}=${value}`), ...removedVariables];
}
