import { RuntimeSandboxClient } from "./runtime-client.ts";
import type { RuntimeSelection, SelectedRuntime } from "./select-runtime.ts";

/** A client that knows how its runtime was chosen. */
export class ConnectedClient extends RuntimeSandboxClient {
  /** Which runtime it is, and why not another. */
  readonly selection: RuntimeSelection;

  constructor({ runtime, selection }: SelectedRuntime, defaultImage: string | undefined) {
    super(runtime, defaultImage === undefined ? {} : { defaultImage });
    this.selection = selection;
  }
}
