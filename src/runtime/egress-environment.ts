import { certificateBundlePath } from "./certificate-bundle.ts";
import { type proxyVariableNames, trustVariableNames } from "./egress-variables.ts";
import { proxyPort } from "./tunnel/index.ts";

const proxy = `http://127.0.0.1:${proxyPort}`;
const direct = "localhost,127.0.0.1,::1";

const proxyVariables: Readonly<Partial<Record<(typeof proxyVariableNames)[number], string>>> = {
  HTTP_PROXY: proxy,
  HTTPS_PROXY: proxy,
  http_proxy: proxy,
  https_proxy: proxy,
  NO_PROXY: direct,
  no_proxy: direct,
  NODE_USE_ENV_PROXY: "1",
};

/**
 * Variables that a sandbox with a gateway must not have, from its image or anybody: programs disagree on what ALL_PROXY means, and it
 * stands for SOCKS more often than not.
 */
export const removedEgressVariables: readonly string[] = ["ALL_PROXY", "all_proxy"];

/**
 * An environment with what programs need to find the gateway, and without {@link removedEgressVariables}. The caller's values lose:
 * they could only keep programs from reaching it.
 */
export function withEgressEnvironment(
  env: Readonly<Record<string, string>>,
  hasCertificateBundle: boolean,
): Readonly<Record<string, string>> {
  const bundle = hasCertificateBundle ? trustVariableNames.map((name) => [name, certificateBundlePath]) : [];
  const all = { ...env, ...proxyVariables, ...(Object.fromEntries(bundle) as Record<string, string>) };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !removedEgressVariables.includes(name)));
}
