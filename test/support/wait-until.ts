import { setTimeout as pause } from "node:timers/promises";

/** How long to wait for a condition before it counts as never; in an emulated machine everything takes its time. */
const defaultDeadlineMs = process.env.CTX_SANDBOX_TEST_MICROVM === undefined ? 30_000 : 240_000;

/** Waits until `check` gives something truthy, and returns it; rejects, naming `what`, when the deadline passes. */
export async function waitUntil<Value>(
  what: string,
  check: () => Value | Promise<Value>,
  deadlineMs = defaultDeadlineMs,
): Promise<NonNullable<Value>> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${deadlineMs} ms in vain until ${what}`);
    await pause(20);
  }
}
