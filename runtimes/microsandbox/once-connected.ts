import { setTimeout as sleep } from "node:timers/promises";
import { collectHandles } from "./collect-handles.ts";
import { vendorMessage } from "./errors.ts";

const attempts = 4;
const pauseMs = 250;
/** Connections that this process opens between two collections: other processes need some of a microVM's 128 too. */
const openedBetween = 32;

let opened = 0;

/**
 * Makes a call of the vendor's package that opens a connection to a guest's agent; again when the connection breaks off in its greeting, as it does
 * when there are too many and may do while the host is busy. Nothing has been asked of the guest by then, so nothing is done twice. Connections of
 * calls that have ended are closed now and then, see collectHandles().
 */
export async function onceConnected<T>(call: () => Promise<T>): Promise<T> {
  opened += 1;
  if (opened % openedBetween === 0) await collectHandles("minor");
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === attempts || !/\bhandshake\b/i.test(vendorMessage(error))) throw error;
      await collectHandles("major");
      await sleep(pauseMs * attempt);
    }
  }
}
