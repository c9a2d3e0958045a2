import { build } from "./lib/build.mjs";
import { setUpDocker } from "./lib/engine/docker-component.mjs";
import { explainSkips } from "./lib/explain-skips.mjs";
import { install } from "./lib/install.mjs";
import { catchInterruption } from "./lib/interruption.mjs";
import { say } from "./lib/log.mjs";
import { runTests } from "./lib/run-tests.mjs";

/** The projects of vitest.config.ts that `--quick` leaves out: together they take minutes. */
const slowProjects = ["acceptance", "cli", "conformance", "examples", "package", "security"];

const vitestArgs = parseArguments(process.argv.slice(2));
const interruption = catchInterruption();
process.exitCode = await test(interruption.signal).catch(report);

/** Sets everything up, runs the tests, takes the set-up down; resolves with the exit code. */
async function test(signal) {
  const docker = setUpDocker(signal);
  try {
    // Both are waited for, so that nothing is still being set up while it is taken down.
    const [project, component] = await Promise.allSettled([
      install({ signal }).then(() => build({ signal })),
      docker,
    ]);
    for (const outcome of [project, component]) if (outcome.status === "rejected") throw outcome.reason;
    return await runAndCount(component.value, signal);
  } finally {
    await docker.then(({ tearDown }) => tearDown()).catch((error) => say("docker", error.message));
  }
}

async function runAndCount(docker, signal) {
  const counts = await runTests(vitestArgs, environmentOf(docker), signal);
  signal.throwIfAborted();
  if (docker.missing !== undefined) say("docker", `missing: ${docker.missing}`);
  for (const line of explainSkips(counts.skips)) say("skipped", line);
  const leftovers = await docker.leftovers();
  if (leftovers.length > 0) say("leaked", `the tests left behind: ${leftovers.join(", ")}`);
  const failed = counts.failed + (leftovers.length > 0 ? 1 : 0);
  const isSuccess = counts.exitCode === 0 && failed === 0 && counts.passed > 0;
  await docker.tearDown();
  process.stdout.write(`\n${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped\n`);
  return isSuccess ? 0 : 1;
}

function environmentOf(docker) {
  return {
    CTX_SANDBOX_TEST_DOCKER: docker.address ?? "",
    CTX_SANDBOX_TEST_DOCKER_MISSING: docker.missing ?? "",
    CTX_SANDBOX_PROMISED: [docker.promised && "docker", docker.promisesFakeInternet && "fakeInternet"]
      .filter(Boolean)
      .join(","),
  };
}

/** `--quick` leaves the slow projects out; everything else is for vitest. */
function parseArguments(args) {
  const others = args.filter((arg) => arg !== "--quick");
  const isQuick = others.length < args.length;
  return isQuick ? [...slowProjects.map((name) => `--project=!${name}`), ...others] : others;
}

function report(error) {
  if (interruption.exitCode !== undefined) {
    say("tests", error.message);
    return interruption.exitCode;
  }
  process.stdout.write(
    `${error.name === "Error" ? error.message : error.stack}\n\n0 passed, 1 failed, 0 skipped\n`,
  );
  return 1;
}
