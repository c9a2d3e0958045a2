import { defineCapabilities, type RuntimeCapabilities } from "../../src/runtime/index.ts";
import type { ResolvedEmbeddedOptions } from "./embedded-options.ts";

/** What the embedded runtime can do and enforce, with the given languages. */
export function embeddedCapabilities({
  python,
  javascript,
}: Pick<ResolvedEmbeddedOptions, "python" | "javascript">): RuntimeCapabilities {
  return defineCapabilities({
    isolation: "interpreter",
    egress: ["none", "gateway"],
    caps: ["memory", "disk"],
    languages: ["shell", ...(python ? ["python"] : []), ...(javascript ? ["javascript"] : [])],
    exactBytes: false,
    logs: true,
    stats: true,
    writePaths: true,
  });
}
