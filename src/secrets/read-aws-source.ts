import type * as SecretsManager from "@aws-sdk/client-secrets-manager";
import type { SecretSource } from "./secret-store.ts";
import { Unreadable } from "./unreadable.ts";

type AwsSource = Extract<SecretSource, { readonly aws: unknown }>["aws"];
type Load = () => Promise<typeof SecretsManager>;

/** The value from AWS Secrets Manager, or one field of it. Credentials and region are found as the SDK finds them. @throws {Unreadable} */
export async function readAwsSource(
  { secretId, field, region, endpoint }: AwsSource,
  signal: AbortSignal,
  load: Load = () => import("@aws-sdk/client-secrets-manager"),
): Promise<string> {
  const { SecretsManagerClient, GetSecretValueCommand } = await loadPackage(load);
  const client = new SecretsManagerClient({
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
  });
  try {
    const command = new GetSecretValueCommand({ SecretId: secretId });
    const { SecretString: text } = await client.send(command, { abortSignal: signal });
    if (text === undefined) throw new Unreadable("it is binary. Store the value as text");
    return field === undefined ? text : fieldOf(text, field);
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable(reasonOf(error));
  } finally {
    client.destroy();
  }
}

async function loadPackage(load: Load): Promise<typeof SecretsManager> {
  try {
    return await load();
  } catch (error) {
    throw new Unreadable(
      "the package @aws-sdk/client-secrets-manager cannot be loaded. Run: npm install @aws-sdk/client-secrets-manager",
      error,
    );
  }
}

function fieldOf(text: string, field: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new Unreadable("it is not JSON, so no field can be picked. Leave `field` out");
  }
  const picked =
    typeof value === "object" && value !== null && Object.hasOwn(value, field)
      ? (value as Record<string, unknown>)[field]
      : undefined;
  if (typeof picked === "string") return picked;
  if (typeof picked === "number" || typeof picked === "boolean") return String(picked);
  throw new Unreadable("it has no such field with a text");
}

/**
 * The kind of an error of the SDK. Its message and the response that hangs on it are left out: when an answer cannot be
 * parsed, both hold the answer.
 */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "the SDK failed";
  if (error.message === "Region is missing") {
    return "no region is set. Give `region`, or set the environment variable AWS_REGION";
  }
  const kind = /^[A-Za-z]{1,64}$/.test(error.name) && error.name !== "Error" ? error.name : "the SDK failed";
  const status = (error as { $metadata?: { httpStatusCode?: unknown } }).$metadata?.httpStatusCode;
  return typeof status === "number" ? `${kind} (HTTP status ${status})` : kind;
}
