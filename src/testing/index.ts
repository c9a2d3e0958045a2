export type { Clause } from "./clause.ts";
export type { ClauseContext, OwnClient } from "./clause-context.ts";
export { conformanceClauses } from "./conformance-clauses.ts";
export type { ConformanceOptions } from "./conformance-options.ts";
export type { FakeCall, FakePrimitive } from "./fake-faults.ts";
export type { FakeFiles } from "./fake-files.ts";
export type { FakeOutcome, FakeOutput, FakeProgram, FakeProgramContext } from "./fake-process.ts";
export { type FakeRuntime, type FakeRuntimeOptions, fakeRuntime } from "./fake-runtime.ts";
export { inapplicability } from "./inapplicability.ts";
export { registerConformance, type TestRunner } from "./register-conformance.ts";
export type { Requirement } from "./requirement.ts";
export {
  type ClauseResult,
  type ConformanceReport,
  type RunConformanceOptions,
  runConformance,
} from "./run-conformance.ts";
export type { SecondProcess } from "./second-process.ts";
