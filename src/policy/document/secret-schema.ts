import { z } from "zod";
import { described, flag, list, mapping, oneOf, text } from "./fields.ts";

const nonEmpty = (what: string) => text(/^[^\0]{1,4096}$/, `must be ${what}`);

const aws = mapping({
  secretId: nonEmpty("the name or ARN of a secret").meta({ description: "Its name or ARN." }),
  field: described(nonEmpty("a name"), "Field of a secret that is a JSON object."),
  region: described(nonEmpty("a region such as eu-west-1"), "Region; when left out, the SDK's own choice."),
  endpoint: described(nonEmpty("a URL"), "Another endpoint than that of the region."),
});

const sources = {
  env: described(
    nonEmpty("a name of an environment variable"),
    "From a variable of the platform's own environment.",
  ),
  file: described(
    nonEmpty("a path"),
    "From a file of the platform; a newline at its end is taken off. In a policy file, a path that is not absolute starts at that file's folder.",
  ),
  aws: described(aws, "From AWS Secrets Manager."),
};

/** Exactly one source; a value itself is no source, as a policy holds no secret. */
function sourceSchema(allowsFunctions: boolean) {
  const shape = allowsFunctions
    ? { ...sources, value: z.custom((value) => typeof value === "function", "must be a function").optional() }
    : sources;
  const names = Object.keys(shape).join(", ");
  return mapping(shape)
    .refine((source) => Object.values(source).filter((one) => one !== undefined).length === 1, {
      error: `must have exactly one of ${names}`,
    })
    .meta({ description: "Where the value comes from; exactly one.", minProperties: 1, maxProperties: 1 });
}

/** The rule for logical names of secrets. */
export const secretName = /^[A-Za-z][A-Za-z0-9_.-]{0,127}$/;

/** The secrets by their logical names. */
export function secretsSchema(allowsFunctions: boolean) {
  const secret = mapping({
    from: sourceSchema(allowsFunctions),
    inject: described(
      oneOf(["proxy", "env"]),
      "`proxy`: a placeholder is inside, and the value is put in on its way to `hosts`. `env`: the value itself is in each command's environment, readable by all code in the sandbox.",
      "proxy",
    ),
    env: described(
      text(
        /^[A-Za-z_][A-Za-z0-9_]{0,255}$/,
        "must be a name of an environment variable: [A-Za-z_][A-Za-z0-9_]*",
      ),
      "Name of the environment variable inside; when left out, the secret's own.",
    ),
    hosts: described(
      list(nonEmpty("a host such as api.example.com"), "hosts", 256),
      "For `proxy`: where the value may go, over TLS alone. Each must be covered by `egress.allow`.",
      [],
    ),
    allowWildcardHosts: described(flag(), "For `proxy`: `hosts` may hold `*.` rules.", false),
    redact: described(
      flag(),
      "For `env`: take the value out of the output of commands and of logs. Files are handed over as they are.",
      true,
    ),
  });
  const name = z.string().regex(secretName, "must match [A-Za-z][A-Za-z0-9_.-]{0,127}");
  return described(
    z.record(name, secret, "must be a mapping of names to secrets"),
    "Secrets that sandboxes may ask for, by logical name.",
    {},
  );
}
