import type { SandboxRuntime } from "../runtime/index.ts";
import type { ListFilter, RuntimeSandboxClient, SandboxSpec } from "../sandbox/index.ts";

/** What a second process works with. */
export interface SecondProcessTools {
  readonly runtime: SandboxRuntime;
  readonly client: RuntimeSandboxClient;
}

/** What a second process can be asked to do. Arguments and results are plain JSON. */
export const secondProcessSteps = {
  async create({ client }: SecondProcessTools, spec: SandboxSpec) {
    return (await client.create(spec)).name;
  },
  async shell({ client }: SecondProcessTools, { name, script }: { name: string; script: string }) {
    const { stdout, stderr, exitCode } = await (await client.get(name)).shell(script);
    return { stdout, stderr, exitCode };
  },
  async spawn({ client }: SecondProcessTools, { name, script }: { name: string; script: string }) {
    await (await client.get(name)).spawn("sh", ["-c", script]);
  },
  async write(
    { client }: SecondProcessTools,
    { name, path, text }: { name: string; path: string; text: string },
  ) {
    await (await client.get(name)).files.write(path, text);
  },
  async read({ client }: SecondProcessTools, { name, path }: { name: string; path: string }) {
    return await (await client.get(name)).files.readText(path);
  },
  async list({ client }: SecondProcessTools, filter: ListFilter) {
    return await client.list(filter);
  },
  async extend({ client }: SecondProcessTools, { name, ttlMs }: { name: string; ttlMs: number }) {
    return (await (await client.get(name)).extend(ttlMs)).getTime();
  },
  async remove({ client }: SecondProcessTools, name: string) {
    await client.remove(name);
  },
  async reap({ client }: SecondProcessTools, _input: null) {
    return (await client.reap()).removed.map(({ name }) => name);
  },
  async close({ client }: SecondProcessTools, _input: null) {
    await client.close();
  },
};

/** The steps and their types. */
export type SecondProcessSteps = typeof secondProcessSteps;
/** The name of a step. */
export type StepName = keyof SecondProcessSteps;
/** What a step is given. */
export type StepInput<Name extends StepName> = Parameters<SecondProcessSteps[Name]>[1];
/** What a step gives back. */
export type StepOutput<Name extends StepName> = Awaited<ReturnType<SecondProcessSteps[Name]>>;
