import { type JsonSchema, policyJsonSchema } from "./policy-json-schema.ts";

/** One row of the policy's reference. */
export interface PolicyField {
  /** Such as `limits.memoryMib`, `secrets.NAME.from.env` or `profiles[].match.tenant`. */
  readonly path: string;
  readonly meaning: string;
  /** In words: `whole number 16 to 1048576`, `list of text`. */
  readonly type: string;
  /** As JSON; absent where there is none. */
  readonly default?: string;
}

/** Every field of a policy document, out of its schema. Of a profile only what the document has not, or has otherwise. */
export function policyFields(): readonly PolicyField[] {
  const { profiles, ...properties } = policyJsonSchema().properties ?? {};
  const { name, match, secrets } = profiles?.items?.properties ?? {};
  const ofProfile = { name, match, secrets } as Record<string, JsonSchema>;
  return [
    ...fieldsOf(properties, ""),
    row("profiles", profiles as JsonSchema),
    ...fieldsOf(ofProfile, "profiles[]."),
  ];
}

function fieldsOf(properties: Readonly<Record<string, JsonSchema>>, prefix: string): PolicyField[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    const { additionalProperties: entry } = schema;
    if (typeof entry === "object" && entry.properties !== undefined)
      return [row(path, schema), ...fieldsOf(entry.properties, `${path}.NAME.`)];
    if (schema.properties === undefined) return [row(path, schema)];
    return [row(path, schema), ...fieldsOf(schema.properties, `${path}.`)];
  });
}

function row(path: string, schema: JsonSchema): PolicyField {
  return {
    path,
    meaning: schema.description ?? "",
    type: typeText(schema),
    ...(schema.default !== undefined && { default: JSON.stringify(schema.default) }),
  };
}

function typeText(schema: JsonSchema): string {
  const { type, minimum, maximum } = schema;
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.anyOf)) return "text or list of text";
  if (type === "array")
    return `list of ${schema.items?.enum ? typeText(schema.items) : nameOf(schema.items)}`;
  if (type !== "integer" && type !== "number") return nameOf(schema);
  const bounds =
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
      ? `from ${minimum}`
      : `${minimum} to ${maximum}`;
  return `${nameOf(schema)} ${bounds}`;
}

function nameOf(schema: JsonSchema | undefined): string {
  const names: Readonly<Record<string, string>> = {
    string: "text",
    integer: "whole number",
    number: "number",
    boolean: "true or false",
    object: "mapping",
  };
  return names[schema?.type ?? ""] ?? "value";
}
