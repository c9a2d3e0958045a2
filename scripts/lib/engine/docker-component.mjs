import { existsSync } from "node:fs";
import { say, step } from "../log.mjs";
import { canInstallPackages, installPackages } from "./debian-packages.mjs";
import { engineVersion, inspectImage } from "./engine-api.mjs";
import { setUpFakeInternet } from "./fake-internet-component.mjs";
import {
  leavePrivateEngine,
  listLeftovers,
  privateEngineAddress,
  usePrivateEngine,
} from "./private-engine.mjs";
import { refuseChroot } from "./refuse-chroot.mjs";
import { hasTestImage, importTestImage, isArchiveMissing, makeArchive, testImage } from "./test-image.mjs";

const nothingToDo = { leftovers: async () => [], tearDown: async () => {} };

/**
 * Gets a Docker engine that has the tests' image. On Debian as root everything is installed and a private engine is
 * started; elsewhere the engine that is there is used. Resolves with `{ address }` or `{ missing: reason }`, and with
 * `promised` (whether the tests may rely on it), `leftovers()` (what the tests left on it) and `tearDown()`.
 */
export async function setUpDocker(signal) {
  const given = process.env.CTX_SANDBOX_TEST_DOCKER;
  if (given) return { ...(await lookAt(given)), promised: true, ...nothingToDo };
  if (!canInstallPackages()) return { ...(await findEngine()), promised: false, ...nothingToDo };
  return await setUpPrivately(signal);
}

async function setUpPrivately(signal) {
  const component = { promised: true, tearDown: leavePrivateEngine };
  try {
    refuseChroot();
    await installPackages({ "docker.io": "dockerd", iptables: "iptables" }, signal);
    await Promise.all([usePrivateEngine(signal), ensureArchive(signal)]);
    if (!(await hasTestImage(privateEngineAddress))) {
      await step(
        "image",
        `loading ${testImage}`,
        () => importTestImage(privateEngineAddress, signal),
        "loaded",
      );
    }
    const promisesFakeInternet = await setUpFakeInternet(signal);
    say("docker", `ready at ${privateEngineAddress}`);
    return { address: privateEngineAddress, ...component, promisesFakeInternet, leftovers };
  } catch (error) {
    signal?.throwIfAborted();
    // Only where nobody relies on the outcome may a machine that cannot run an engine pass without one.
    const promised = process.env.CI === "true";
    return { missing: error.message, ...nothingToDo, ...component, promised };
  }
}

async function ensureArchive(signal) {
  if (!isArchiveMissing()) return;
  await installPackages({ mmdebstrap: "mmdebstrap" }, signal);
  await makeArchive(signal);
}

async function leftovers() {
  const { containers, volumes } = await listLeftovers();
  return [...containers.map((name) => `container ${name}`), ...volumes.map((name) => `volume ${name}`)];
}

/** The engine that DOCKER_HOST names, or one at a usual place. */
async function findEngine() {
  const named = process.env.DOCKER_HOST;
  if (named) return await lookAt(named);
  const sockets = [
    "/var/run/docker.sock",
    `${process.env.XDG_RUNTIME_DIR}/docker.sock`,
    `${process.env.HOME}/.docker/run/docker.sock`,
  ];
  const socket = sockets.find((path) => existsSync(path));
  if (socket === undefined)
    return { missing: "no Docker engine is installed here, and DOCKER_HOST is not set" };
  return await lookAt(`unix://${socket}`);
}

async function lookAt(address) {
  if ((await engineVersion(address)) === undefined)
    return { missing: `no Docker engine answers at ${address}` };
  if ((await inspectImage(address, testImage)) === undefined) {
    return { missing: `the engine at ${address} lacks the image; get it with: docker pull ${testImage}` };
  }
  say("docker", `using the engine at ${address}`);
  return { address };
}
