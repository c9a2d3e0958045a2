import { PolicyViolation } from "../../errors/index.ts";
import { passThrough } from "../../util/pass-through.ts";

/** What is bounded, for the refusal. */
export interface StreamBound {
  readonly limit: number;
  readonly field: "outputBytes" | "uploadBytes";
  /** Begins the refusal, such as `An upload to sandbox "box"`. */
  readonly what: string;
  readonly sandbox: string;
  readonly suggestion: string;
}

/** A stream that throws when more bytes come than the limit. @throws {PolicyViolation} */
export function boundStream<Value extends object>(
  values: AsyncIterable<Value>,
  sizeOf: (value: Value) => number,
  { limit, field, what, sandbox, suggestion }: StreamBound,
): AsyncIterable<Value> {
  let bytes = 0;
  return passThrough(values, (value) => {
    bytes += sizeOf(value);
    if (bytes <= limit) return value;
    const message = `There are more bytes than the ${limit} that the policy allows (limits.${field}).`;
    throw new PolicyViolation(what, [{ code: "limit_exceeded", field, message, suggestion }], { sandbox });
  });
}
