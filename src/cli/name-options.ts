import { SandboxError } from "../errors/index.ts";

/** Which option or argument a field of the library is typed as. */
const optionOfField: Readonly<Record<string, string>> = {
  name: "NAME",
  image: "--image",
  snapshot: "--snapshot",
  memoryMib: "--memory",
  cpus: "--cpus",
  pids: "--pids",
  diskMib: "--disk",
  openFiles: "--open-files",
  env: "--env",
  egress: "--egress",
  secrets: "--secret",
  labels: "--label",
  profile: "--profile",
  ttlMs: "--ttl",
  timeoutMs: "--timeout",
  cwd: "--cwd",
  user: "--user",
  tail: "--tail",
  graceMs: "--grace",
  host: "--docker-host",
  namespace: "--namespace",
};

/** The library's refusal of an argument in the words of the command line: `memoryMib must be …` becomes `--memory must be …`. */
export function nameOptions(error: SandboxError): SandboxError {
  const { field } = error.data;
  if (error.code !== "invalid_argument" || typeof field !== "string" || !error.message.startsWith(field))
    return error;
  const [head = "", ...rest] = field.split(".");
  const option = Object.hasOwn(optionOfField, head) ? optionOfField[head] : undefined;
  if (option === undefined) return error;
  const typed = [option, ...rest].join(" ");
  return new SandboxError(error.code, typed + error.message.slice(field.length), {
    data: { ...error.data, field: typed },
    cause: error,
  });
}
