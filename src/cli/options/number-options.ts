import { z } from "zod";

/** A whole number, typed in decimal. Its bounds are the library's business. */
export function wholeNumber(what: string) {
  return z
    .string()
    .regex(/^\d{1,15}$/, { error: `${what}, a whole number` })
    .transform(Number);
}

/** A number above 0, which may be a fraction. */
export function positiveNumber(what: string) {
  const error = `${what}, a number above 0`;
  return z
    .string()
    .regex(/^(\d{1,15}(\.\d{0,9})?|\.\d{1,9})$/, { error })
    .transform(Number)
    .refine((value) => value > 0, { error });
}

/** Seconds as milliseconds; 0 is allowed. */
export function secondsAsMs() {
  const error = "a number of seconds, 0 or more";
  return z
    .string()
    .regex(/^(\d{1,9}(\.\d{0,9})?|\.\d{1,9})$/, { error })
    .transform((text) => Math.round(Number(text) * 1000));
}

/** A timeout in seconds, as milliseconds; `none` is no limit. */
export function timeoutAsMs() {
  const error = "a number of seconds above 0, or none";
  return z
    .string()
    .regex(/^(none|\d{1,9}(\.\d{0,9})?|\.\d{1,9})$/, { error })
    .transform((text) => (text === "none" ? Number.POSITIVE_INFINITY : Math.ceil(Number(text) * 1000)))
    .refine((value) => value > 0, { error });
}
