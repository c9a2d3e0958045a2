import type { ExecEvent, ExecHandle } from "microsandbox";

/** The next event of a command; null when there are no more. The vendor's package passes events that it does not know as undefined. */
export async function nextEvent(handle: ExecHandle): Promise<ExecEvent | null> {
  for (;;) {
    const event: ExecEvent | null | undefined = await handle.recv();
    if (event !== undefined) return event;
  }
}
