import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { endGently } from "./denial-answer.ts";

/** Options of {@link joinStreams}. */
export interface JoinOptions {
  /** Silence in both directions after which both end. */
  readonly idleMs: number;
  /** Both are over. */
  readonly onEnd: () => void;
}

/** Carries bytes both ways, with back-pressure, each direction until its own end; when one side breaks, both do. */
export function joinStreams(program: Duplex, server: Duplex, { idleMs, onEnd }: JoinOptions): void {
  let open = 2;
  const closed = (self: Duplex, other: Duplex) => {
    open -= 1;
    if (open === 0) return onEnd();
    // What came whole may still be on its way to the other side.
    if (self.readableEnded && !self.errored) endGently(other, undefined, idleMs);
    else other.destroy();
  };
  program.once("close", () => closed(program, server)).on("error", () => program.destroy());
  server.once("close", () => closed(server, program)).on("error", () => server.destroy());
  // A byte in either direction passes here: one clock is enough.
  if (server instanceof Socket) {
    server.setTimeout(idleMs, () => {
      server.destroy();
      program.destroy();
    });
  }
  // Pieces of an answer that comes bit by bit must not wait for one another.
  if (program instanceof Socket) program.setNoDelay(true);
  program.pipe(server);
  server.pipe(program);
}
