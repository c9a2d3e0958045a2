import { build } from "./lib/build.mjs";
import { setUpDocker } from "./lib/engine/docker-component.mjs";
import { explainSkips } from "./lib/explain-skips.mjs";
import { install } from "./lib/install.mjs";
import { catchInterruption } from "./lib/interruption.mjs";
import { say } from "./lib/log.mjs";
import { setUpMicrovm } from "./lib/microvm/microvm-component.mjs";
import { runMicrovmTests } from "./lib/microvm/run-microvm-tests.mjs";
import { planTests } from "./lib/plan-tests.mjs";
import { runTests } from "./lib/run-tests.mjs";
import { settleAll } from "./lib/settle-all.mjs";
import { failureOf, noCounts, sumCounts } from "./lib/test-counts.mjs";

const plan = planTests(process.argv.slice(2));
const interruption = catchInterruption();
process.exitCode = await test(interruption.signal).catch(report);

/** Sets everything up, runs the tests, takes the set-up down; resolves with the exit code. */
async function test(signal) {
  const installed = install({ signal });
  const built = installed.then(() => build({ signal }));
  const docker = plan.ordinary === undefined ? Promise.resolve() : setUpDocker(signal);
  try {
    const [engine, microvm] = await settleAll([
      docker,
      plan.microvm.leftOut === undefined
        ? setUpMicrovm({ installed, signal: abortWith(built, signal) })
        : undefined,
      built,
    ]);
    const counts = [];
    if (plan.ordinary !== undefined) counts.push(await runOrdinaryTests(engine, signal));
    counts.push(await testInMicrovms(microvm, signal));
    return conclude(sumCounts(counts));
  } finally {
    await docker.then((component) => component?.tearDown()).catch((error) => say("docker", error.message));
  }
}

/** A signal that fires with `signal`, and when `work` fails: making the machine takes longer than learning of that should. */
function abortWith(work, signal) {
  const controller = new AbortController();
  work.catch((error) => controller.abort(error));
  return AbortSignal.any([signal, controller.signal]);
}

async function runOrdinaryTests(docker, signal) {
  const counts = await runTests(plan.ordinary, environmentOf(docker), signal);
  signal.throwIfAborted();
  if (docker.missing !== undefined) say("docker", `missing: ${docker.missing}`);
  const leftovers = await docker.leftovers();
  await docker.tearDown();
  if (leftovers.length === 0) return counts;
  return sumCounts([counts, failureOf(`the tests left behind: ${leftovers.join(", ")}`)]);
}

async function testInMicrovms(microvm, signal) {
  if (microvm === undefined) {
    say("microvm", plan.microvm.leftOut);
    return noCounts;
  }
  if (microvm.missing === undefined) return await runMicrovmTests(plan.microvm, signal);
  say("microvm", `missing: ${microvm.missing}`);
  return microvm.promised ? failureOf(`microVMs are promised here: ${microvm.missing}`) : noCounts;
}

function conclude({ passed, failed, skipped, skips, failures, exitCode }) {
  for (const line of explainSkips(skips)) say("skipped", line);
  for (const name of failures) say("failed", name);
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  return exitCode === 0 && failed === 0 && passed > 0 ? 0 : 1;
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
