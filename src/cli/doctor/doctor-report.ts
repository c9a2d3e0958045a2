import type { ErrorCode } from "../../errors/index.ts";
import type { IsolationLevel, RuntimeCapabilities } from "../../runtime/index.ts";

/** How one check of a self-test came out. */
export interface CheckReport {
  readonly name: string;
  readonly title: string;
  readonly status: "enforced" | "not_enforced" | "not_applicable";
  /** What was seen, or why the check does not apply. */
  readonly evidence: string;
}

/** How a self-test came out. */
export type SelfTestReport =
  | { readonly status: "passed" | "failed"; readonly checks: readonly CheckReport[] }
  | {
      readonly status: "not_run";
      readonly code?: ErrorCode;
      readonly reason: string;
      readonly remedy?: string;
    };

/** What doctor found out about one runtime. */
export type RuntimeReport =
  | {
      readonly runtime: string;
      readonly available: true;
      readonly isolation: IsolationLevel;
      readonly capabilities: RuntimeCapabilities;
      readonly version: string;
      readonly details: Readonly<Record<string, string>>;
      readonly selfTest: SelfTestReport;
    }
  | {
      readonly runtime: string;
      readonly available: false;
      /** Absent when its code could not even be loaded. */
      readonly isolation?: IsolationLevel;
      readonly capabilities?: RuntimeCapabilities;
      readonly reason: string;
      readonly remedy: string;
    };

/** The document of `doctor --json`. */
export interface DoctorReport {
  readonly ok: boolean;
  readonly runtimes: readonly RuntimeReport[];
}
