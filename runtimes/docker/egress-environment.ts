import { proxyPort, type proxyVariableNames, trustVariableNames } from "../../src/runtime/index.ts";
import { certificateBundlePath } from "./certificate-bundle.ts";

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

/** Programs disagree on what ALL_PROXY means, and it stands for SOCKS more often than not. */
const removedVariables = ["ALL_PROXY", "all_proxy"];

/**
 * The container's environment with what programs need to find the gateway, in the engine's form, where a name without a value removes
 * the variable. The caller's values lose: they could only keep programs from reaching it.
 */
export function withEgressEnvironment(
  env: Readonly<Record<string, string>>,
  hasCertificateBundle: boolean,
): string[] {
  const bundle = hasCertificateBundle ? trustVariableNames.map((name) => [name, certificateBundlePath]) : [];
  const all = { ...env, ...proxyVariables, ...(Object.fromEntries(bundle) as Record<string, string>) };
  const kept = Object.entries(all).filter(([name]) => !removedVariables.includes(name));
  return [...kept.map(([name, value]) => `${name}=${value}`), ...removedVariables];
}
