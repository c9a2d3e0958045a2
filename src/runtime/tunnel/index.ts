export { forwarderCommand, proxyPort } from "./forwarder-command.ts";
export { openTunnel, type Tunnel, type TunnelOptions } from "./open-tunnel.ts";
export { tunnelLimits } from "./tunnel-limits.ts";
