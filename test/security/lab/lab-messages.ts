import type { AttackedRuntime, CaseResult } from "../attack-case.ts";

/** Asks the lab to run a case, or, without a runtime, a check; without a name, to take everything down. */
export interface LabRequest {
  readonly id: number;
  readonly name?: string;
  readonly runtime?: AttackedRuntime;
}

/** The answer to the request of that id; id 0 says that the lab is ready. */
export interface LabAnswer {
  readonly id: number;
  readonly result?: CaseResult;
  readonly failure?: string;
}
