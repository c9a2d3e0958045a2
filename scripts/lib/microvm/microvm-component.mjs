import { canInstallPackages, installPackages } from "../engine/debian-packages.mjs";
import { ensureMachineFiles } from "./machine-files.mjs";
import { qemuPackages } from "./qemu.mjs";

/** Why there can be no machine for microVMs here, or undefined where there can be one. */
export function whyNoMachine() {
  if (process.arch === "x64" && canInstallPackages()) return undefined;
  return "the machine that microVMs are tested in is made on Debian, on x64, as root";
}

/**
 * Gets the machine ready that the tests in microVMs run in. Resolves with `missing`, the reason why there is none or
 * undefined, and `promised`, whether that is a failure. `installed` is awaited before npm's packages are copied.
 */
export async function setUpMicrovm({ installed, signal }) {
  const impossible = whyNoMachine();
  if (impossible !== undefined) return { missing: impossible, promised: false };
  // As for Docker: only where nobody relies on the outcome may a machine pass without.
  const promised = process.env.CI === "true";
  try {
    await installPackages(qemuPackages, signal);
    await ensureMachineFiles({ installed, signal });
    return { missing: undefined, promised };
  } catch (error) {
    signal?.throwIfAborted();
    return { missing: error.message, promised };
  }
}
