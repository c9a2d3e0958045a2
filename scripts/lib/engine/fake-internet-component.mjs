import { run } from "../run.mjs";
import { installPackages } from "./debian-packages.mjs";

/** What the attacks on the network need beside the engine; see test/security. */
const packages = { iproute2: "ip", python3: "python3", "util-linux": "nsenter" };

/**
 * Installs what a fake internet is made with. Resolves with whether the tests may rely on it: where this kernel lets network
 * namespaces be joined, and in any case with CI=true.
 */
export async function setUpFakeInternet(signal) {
  await installPackages(packages, signal);
  const trial = ["--net", "ip", "link", "add", "one", "type", "veth", "peer", "name", "other"];
  const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
  const { exitCode } = await run("unshare", trial, { env: { ...process.env, PATH }, allowed: "any", signal });
  return exitCode === 0 || process.env.CI === "true";
}
