import type { OutputChunk, OutputFilter, RuntimeProcess } from "../../runtime/index.ts";
import { passThrough } from "../../util/pass-through.ts";

/** The output of a process with each stream passed through a filter of its own. */
export function filterOutput(
  output: RuntimeProcess["output"],
  newFilter: () => OutputFilter,
): AsyncIterable<OutputChunk> {
  const filters = { stdout: newFilter(), stderr: newFilter() };
  const chunk = (stream: OutputChunk["stream"], data: Uint8Array) =>
    data.length === 0 ? undefined : { stream, data };
  return passThrough(output, ({ stream, data }) => chunk(stream, filters[stream].write(data)), {
    atEnd: () =>
      (["stdout", "stderr"] as const).flatMap((stream) => chunk(stream, filters[stream].end()) ?? []),
  });
}

/** A stream of bytes passed through a filter. */
export function filterBytes(
  bytes: AsyncIterable<Uint8Array>,
  filter: OutputFilter,
): AsyncIterable<Uint8Array> {
  const unlessEmpty = (data: Uint8Array) => (data.length === 0 ? undefined : data);
  return passThrough(bytes, (data) => unlessEmpty(filter.write(data)), {
    atEnd: () => [unlessEmpty(filter.end()) ?? []].flat(),
  });
}
