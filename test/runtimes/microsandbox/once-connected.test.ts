import { expect, test } from "vitest";
import { onceConnected } from "../../../runtimes/microsandbox/once-connected.ts";

/** A call that fails as often as there are messages, and then gives its number. */
function failing(...messages: readonly string[]) {
  const state = { calls: 0 };
  const call = async () => {
    const message = messages[state.calls++];
    if (message !== undefined) throw new Error(message);
    return state.calls;
  };
  return { state, call };
}

const broken = "[AgentClient] agent client error: handshake: early eof";

test("a connection that breaks off in its greeting is made again", async () => {
  const { call } = failing(broken, broken);
  expect(await onceConnected(call)).toBe(3);
});

test("not for ever, and never when the guest may have been asked for something", async () => {
  const never = failing(broken, broken, broken, broken, broken);
  await expect(onceConnected(never.call)).rejects.toThrow("early eof");
  expect(never.state.calls).toBe(4);
  const later = failing("[AgentClient] agent client error: early eof");
  await expect(onceConnected(later.call)).rejects.toThrow("early eof");
  expect(later.state.calls).toBe(1);
});
