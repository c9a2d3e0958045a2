import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../lock.mjs";
import { step } from "../log.mjs";
import { run } from "../run.mjs";
import { callEngine, inspectImage } from "./engine-api.mjs";

/** The name under which the tests find the image: the default image of a sandbox. */
export const testImage = "python:3.11-slim";

/** Where archives are kept for every checkout on the machine. */
export const cacheFolder = "/var/tmp/ctx-sandbox-cache";

/** Longest that making or importing the image may take. */
const importTimeoutMs = 300_000;

/** What the image is made of; the archive's name and the image's label follow from it. */
const recipe = {
  suite: "bookworm",
  variant: "minbase",
  packages: ["ca-certificates", "curl", "git", "python-is-python3", "python3", "python3-pip"],
  leftOut: ["/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/man/*"],
  configuration: [
    "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "ENV LANG=C.UTF-8",
    'CMD ["python3"]',
  ],
};

const recipeLabel = "ctx-sandbox.recipe";
const recipeHash = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 16);

/** The image's files, once {@link makeArchive} has made them. */
export const testImageArchive = join(cacheFolder, `python-slim-${process.arch}-${recipeHash}.tar`);

/** Whether the archive must still be made, for which the program mmdebstrap is needed. */
export function isArchiveMissing() {
  return !existsSync(testImageArchive);
}

/** Makes the archive of the image's files from Debian's packages, once for all checkouts. */
export async function makeArchive(signal) {
  await withLock(
    "image-archive",
    async () => {
      if (isArchiveMissing())
        await step("image", "making it from Debian's packages", () => debootstrap(signal), "made");
    },
    { signal },
  );
}

/** How the image is to be run, as an image's configuration says it: `Env` and `Cmd`. */
export function imageConfiguration() {
  const valuesOf = (keyword) =>
    recipe.configuration.filter((line) => line.startsWith(`${keyword} `)).map((line) => line.slice(4));
  return { Env: valuesOf("ENV"), Cmd: JSON.parse(valuesOf("CMD")[0]) };
}

async function debootstrap(signal) {
  mkdirSync(cacheFolder, { recursive: true });
  const partial = `${testImageArchive}.${process.pid}.tar`;
  const excluded = recipe.leftOut.map((pattern) => `--dpkgopt=path-exclude=${pattern}`);
  const { variant, suite, packages } = recipe;
  const options = [`--variant=${variant}`, `--include=${packages.join(",")}`, ...excluded];
  try {
    await run("mmdebstrap", ["--quiet", ...options, suite, partial], { signal });
    renameSync(partial, testImageArchive);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Whether the engine has the image, made by today's recipe. */
export async function hasTestImage(address) {
  const image = await inspectImage(address, testImage);
  return image?.Config?.Labels?.[recipeLabel] === recipeHash;
}

/** Gives the engine the image. */
export async function importTestImage(address, signal) {
  const [repo, tag] = testImage.split(":");
  const query = new URLSearchParams({ fromSrc: "-", repo, tag });
  for (const line of [...recipe.configuration, `LABEL ${recipeLabel}=${recipeHash}`])
    query.append("changes", line);
  const body = createReadStream(testImageArchive);
  const answer = await callEngine(address, "POST", `/images/create?${query}`, {
    body,
    timeoutMs: importTimeoutMs,
    signal,
  });
  if (answer.status !== 200 || answer.body.includes('"error"')) {
    throw new Error(`the engine did not take the image: ${answer.body.trim()}`);
  }
}
