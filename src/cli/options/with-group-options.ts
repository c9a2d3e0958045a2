import type { Command } from "commander";
import type { RawOptions } from "../action.ts";

/** The options of a command below another, with those that stand after the other's name; the nearer wins. */
export function withGroupOptions(options: RawOptions, { parent }: Command): RawOptions {
  const ofGroup: RawOptions = parent?.opts() ?? {};
  return { ...ofGroup, ...options, color: ofGroup.color !== false && options.color !== false };
}
