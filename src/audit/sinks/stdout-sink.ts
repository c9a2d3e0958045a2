import { asciiJson } from "../ascii-json.ts";
import { auditFailure, sinkClosed } from "../audit-failure.ts";
import type { AuditSink } from "../audit-sink.ts";

/** Options of {@link stdoutSink}. */
export interface StdoutSinkOptions {
  /** @default process.stdout */
  readonly stream?: NodeJS.WritableStream;
}

/** Writes each event as a line of JSON to stdout, for a collector that reads there. An event is safe when the system has taken it. */
export function stdoutSink({ stream = process.stdout }: StdoutSinkOptions = {}): AuditSink {
  const name = "stdout";
  // Without a listener, a reader that went away would end the process; the callback of the write tells of it.
  const onError = () => {};
  const pending = new Set<Promise<void>>();
  let isListening = false;
  let isClosed = false;
  return {
    name,
    async write(event) {
      if (isClosed) throw sinkClosed(name);
      if (!isListening) stream.on("error", onError);
      isListening = true;
      const written = new Promise<void>((resolve, reject) => {
        stream.write(`${asciiJson(event)}\n`, (error) =>
          error ? reject(auditFailure(name, error)) : resolve(),
        );
      });
      pending.add(written);
      try {
        await written;
      } finally {
        pending.delete(written);
      }
    },
    async close() {
      isClosed = true;
      await Promise.allSettled(pending);
      stream.off("error", onError);
      isListening = false;
    },
  };
}
