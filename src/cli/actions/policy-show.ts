import { policyData, policyText } from "../../policy/document/show-policy.ts";
import { loadPolicyFile, resolvePolicy } from "../../policy/index.ts";
import type { ActionContext, RawOptions } from "../action.ts";
import { parseIdentityOptions } from "../options/identity-options.ts";

/** `policy show`: the policy that holds for an identity. */
export async function showPolicy(
  { console, globals }: ActionContext,
  { file, options }: { readonly file: string; readonly options: RawOptions },
): Promise<number> {
  const policy = resolvePolicy(await loadPolicyFile(file), parseIdentityOptions(globals, options));
  await (console.json ? console.printJson(policyData(policy)) : console.write(policyText(policy)));
  return 0;
}
