import { z } from "zod";
import { documentSchema } from "./document-schema.ts";

/** As much of JSON Schema as the document's schema is made of. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
}

/** The schema of policy files, in JSON Schema (draft 2020-12), for editors. What one field says about another is not in it. */
export function policyJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(documentSchema(false), { io: "input", unrepresentable: "any" }) as JsonSchema;
  const profiles = schema.properties?.profiles?.items;
  return {
    ...schema,
    title: "ctx-sandbox policy",
    properties: {
      ...schema.properties,
      // What a profile leaves out is as it stands outside, so the defaults of the document are not its own.
      profiles: { ...schema.properties?.profiles, items: withoutDefaults(profiles) as JsonSchema },
    },
  };
}

/** The schema of the place that `path` names; undefined where there is none. */
export function schemaAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>((at, key) => {
    if (at === undefined) return undefined;
    if (typeof key === "number") return at.items;
    const { properties = {}, additionalProperties } = at;
    if (Object.hasOwn(properties, key)) return properties[String(key)];
    return typeof additionalProperties === "object" ? additionalProperties : undefined;
  }, schema);
}

function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key, entry]) => key !== "default" || isSchema(entry));
  return Object.fromEntries(entries.map(([key, entry]) => [key, withoutDefaults(entry)]));
}

// `images.default` is a field of that name.
function isSchema(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && "type" in value;
}
