import type { PolicyControl } from "../policy/policy-control.ts";
import { RuntimeSandboxClient } from "./runtime-client.ts";
import type { RuntimeSelection, SelectedRuntime } from "./select-runtime.ts";

/** What a {@link ConnectedClient} is made of. */
export interface ConnectedClientParts extends SelectedRuntime {
  readonly defaultImage: string | undefined;
  readonly control: PolicyControl | undefined;
}

/** A client that knows how its runtime was chosen. It is the platform's: give agents `ctx.sandbox`, see attachSandbox(). */
export class ConnectedClient extends RuntimeSandboxClient {
  /** Which runtime it is, and why not another. */
  readonly selection: RuntimeSelection;
  /** The platform's hold on the policy in force; undefined where there is none. */
  readonly policy: PolicyControl | undefined;

  constructor({ runtime, selection, defaultImage, control }: ConnectedClientParts) {
    super(runtime, defaultImage === undefined ? {} : { defaultImage });
    this.selection = selection;
    this.policy = control;
  }
}
