import { policyJsonSchema } from "../../policy/index.ts";
import type { ActionContext } from "../action.ts";

/** `policy schema`: the JSON Schema of policy files. */
export async function showPolicySchema({ console }: ActionContext): Promise<number> {
  const schema = policyJsonSchema();
  await (console.json
    ? console.printJson(schema)
    : console.write(`${JSON.stringify(schema, undefined, 2)}\n`));
  return 0;
}
