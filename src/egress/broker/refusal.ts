import type { EgressDenial } from "../egress-broker.ts";

/** Why something is not let out, on its way to the place that answers the program. Never leaves the broker. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: EgressDenial;
  /** Status of the answer, where the program speaks HTTP. */
  readonly status: number;

  constructor(reason: EgressDenial, message: string, status = statusOf(reason)) {
    super(message);
    this.reason = reason;
    this.status = status;
  }
}

/** What ended an attempt; anything that is not a refusal counts as a failed connection. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const text = error instanceof Error ? (causeCode(error) ?? error.message) : String(error);
  return new Refusal("connect-failed", `The connection failed: ${text}.`);
}

/** The refusal of everything that comes after the end. */
export function closedRefusal(): Refusal {
  return new Refusal("closed", "The sandbox's way out is closed.");
}

function causeCode(error: Error): string | undefined {
  return "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** 403 is the policy's no; 502 tells that the destination, or what stands before it, failed. */
function statusOf(reason: EgressDenial): number {
  switch (reason) {
    case "bad-request":
      return 400;
    case "host-header-mismatch":
      return 421;
    case "dns-failed":
    case "connect-failed":
    case "upstream-certificate":
    case "secret-unavailable":
      return 502;
    case "too-many-connections":
    case "audit-unavailable":
    case "closed":
      return 503;
    default:
      return 403;
  }
}
