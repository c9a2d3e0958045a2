/** Changes a stream of bytes as it passes. It may hold bytes back until it has seen enough; `end` gives what is left. */
export interface OutputFilter {
  write(data: Uint8Array): Uint8Array;
  end(): Uint8Array;
}
