import { forwarderScript } from "./forwarder-script.ts";
import { frameKinds, tunnelVersion } from "./frames.ts";
import { tunnelLimits } from "./tunnel-limits.ts";

/** Where programs in the sandbox find the proxy. */
export const proxyPort = 3128;

/** The command that runs the forwarder, with the tunnel as its stdin and stdout. It needs the ports 53 and those of the gateway. */
export function forwarderCommand(): [string, ...string[]] {
  const { ready, ports, open, data, end, reset, window } = frameKinds;
  const values: Readonly<Record<string, string | number>> = {
    ...tunnelLimits,
    kinds: [ready, ports, open, data, end, reset, window].join(", "),
    version: tunnelVersion,
    proxyPort,
  };
  const script = forwarderScript.replaceAll(/\{(\w+)\}/g, (braces, name) => String(values[name] ?? braces));
  // Neither the environment nor the folders of the image have a say in what Python loads.
  return ["python3", "-I", "-S", "-c", script];
}
