import { setTimeout as sleep } from "node:timers/promises";
import { vendorMessage } from "./errors.ts";

const attempts = 4;
const pauseMs = 250;

/**
 * Makes a call of the vendor's package, again when the connection that it opens to the guest's agent breaks off in its greeting, as it
 * may while the host is busy: nothing has been asked of the guest by then, so nothing is done twice.
 */
export async function onceConnected<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === attempts || !/\bhandshake\b/i.test(vendorMessage(error))) throw error;
      await sleep(pauseMs * attempt);
    }
  }
}
