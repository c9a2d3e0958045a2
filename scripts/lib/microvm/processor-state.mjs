import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const samples = 3;
const pauseMs = 300;

/** Where the processor of a machine is, several times, from the emulator's monitor: what a machine that hangs is doing. Never rejects. */
export async function processorState(monitor) {
  const socket = connect(monitor).setEncoding("utf8");
  let text = "";
  socket.on("data", (piece) => {
    text += piece;
  });
  socket.on("error", () => {});
  for (let sample = 0; sample < samples; sample += 1) {
    socket.write("info registers\n");
    await sleep(pauseMs);
  }
  socket.destroy();
  const places = [...text.matchAll(/RIP=(\w+)[^\n]*?(HLT=\d)/g)].map(
    ([, address, halted]) => `${address} ${halted}`,
  );
  return places.length === 0 ? "its monitor does not answer" : `its processor was at ${places.join(", ")}`;
}
