import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { projectFolder } from "./project.mjs";

/** The projects of vitest.config.ts that `--quick` leaves out: together they take minutes. */
const slowProjects = ["acceptance", "cli", "conformance", "examples", "package", "security"];

/**
 * What the arguments of the test command ask for: `ordinary`, the arguments of the vitest that runs here, undefined when none
 * does; and `microvm`, either `{ named, args }` (the files of test/microvm that are named, and the arguments of the vitest in
 * the machine) or `{ leftOut: reason }`.
 */
export function planTests(args) {
  const others = args.filter((arg) => arg !== "--quick");
  const isQuick = others.length < args.length;
  const quick = isQuick ? slowProjects.map((name) => `--project=!${name}`) : [];
  const named = others.filter(namesMicrovmTests);
  if (named.length > 0) {
    const elsewhere = others.filter((arg) => !named.includes(arg) && existsSync(resolve(projectFolder, arg)));
    return {
      ordinary:
        elsewhere.length > 0 ? [...quick, ...others.filter((arg) => !named.includes(arg))] : undefined,
      microvm: { named, args: others.filter((arg) => !named.includes(arg) && !elsewhere.includes(arg)) },
    };
  }
  const ordinary = [...quick, ...others];
  if (isQuick) return { ordinary, microvm: { leftOut: "--quick leaves the tests in microVMs out" } };
  if (others.length === 0) return { ordinary, microvm: { named, args: [] } };
  return { ordinary, microvm: { leftOut: "the tests in microVMs run when the arguments name test/microvm" } };
}

function namesMicrovmTests(arg) {
  return /^test\/microvm(\/|$)/.test(relative(projectFolder, resolve(projectFolder, arg)));
}
