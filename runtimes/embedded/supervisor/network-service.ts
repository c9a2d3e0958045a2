import type { MessagePort } from "node:worker_threads";
import type { NetworkAnswer, NetworkMessage } from "../worker/worker-protocol.ts";
import type { GatewayRelay } from "./gateway-relay.ts";

/** Passes on the requests of one worker thread, which is not trusted. Returns the way to end those that are on their way. */
export function serveNetwork(port: MessagePort, relay: GatewayRelay): () => void {
  const open = new Map<number, AbortController>();
  port.on("message", (message: NetworkMessage) => {
    if ("cancelledId" in message) {
      open.get(message.cancelledId)?.abort();
      return;
    }
    const { id, request } = message;
    const abort = new AbortController();
    open.set(id, abort);
    const answer = (content: NetworkAnswer, transfer: ArrayBuffer[] = []) => {
      if (open.get(id) === abort) open.delete(id);
      port.postMessage(content, transfer);
    };
    relay.request(request, abort.signal).then(
      (response) => answer({ id, response }, [response.body.buffer as ArrayBuffer]),
      (error: Error) => answer({ id, failure: error.message }),
    );
  });
  return () => {
    for (const abort of open.values()) abort.abort();
  };
}
