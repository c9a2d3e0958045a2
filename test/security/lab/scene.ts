import type { Arrival } from "../fake-internet/arrival.ts";

/** What is one attack's own, so that attacks can run side by side and each finds its traces. */
export interface Scene {
  /** Stands in the paths and names that the attack asks for; letters and digits. */
  readonly token: string;
  /** Addresses that nobody else uses. */
  readonly address: string;
  readonly address6: string;
  /** A port that nobody else uses. */
  readonly port: number;
}

let scenes = 0;

/** A new scene. */
export function newScene(): Scene {
  const number = ++scenes;
  return {
    token: `t${process.pid}x${number}x`,
    address: `45.0.${number >> 8}.${number & 255}`,
    address6: `2400:45::${number.toString(16)}`,
    port: 20_000 + number,
  };
}

/** Whether something that arrived belongs to the scene. */
export function isOf(scene: Scene, arrival: Arrival): boolean {
  switch (arrival.kind) {
    case "packet":
      return arrival.to === scene.address || arrival.to === scene.address6 || arrival.port === scene.port;
    case "query":
      return arrival.name.toLowerCase().includes(scene.token);
    case "request":
      return JSON.stringify(arrival).includes(scene.token);
    case "bytes":
      return arrival.text.includes(scene.token) || arrival.port === scene.port;
  }
}
