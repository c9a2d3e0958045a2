import { z } from "zod";
import { withoutUndefined } from "../../util/without-undefined.ts";
import type { ListFilter } from "../sandbox-info.ts";
import { labelMap } from "./environment.ts";
import { oneOf } from "./fields.ts";
import { parseArgument } from "./parse-argument.ts";

const filterSchema = z.strictObject(
  { labels: labelMap().optional(), status: oneOf(["running", "stopped", "lost"]).optional() },
  "must be an object",
);

/** A filter of list(). @throws {SandboxError} invalid_argument */
export function parseListFilter(filter: unknown = {}): ListFilter {
  return withoutUndefined(parseArgument(filterSchema, { name: "ListFilter" }, filter)) as ListFilter;
}
