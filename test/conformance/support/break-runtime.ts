import type {
  RuntimeCommand,
  RuntimeFiles,
  RuntimeProcess,
  RuntimeSandbox,
  RuntimeSpec,
  SandboxRuntime,
} from "ctx-sandbox/runtime";

/** What is wrong with a runtime: methods that replace its own, and changes of what it is given. */
export interface Breakage {
  readonly capabilities?: Partial<SandboxRuntime["capabilities"]>;
  readonly spec?: (spec: RuntimeSpec) => RuntimeSpec;
  readonly command?: (command: RuntimeCommand) => RuntimeCommand;
  readonly runtime?: (runtime: SandboxRuntime) => Partial<SandboxRuntime>;
  readonly sandbox?: (sandbox: RuntimeSandbox) => Partial<RuntimeSandbox>;
  readonly files?: (files: RuntimeFiles) => Partial<RuntimeFiles>;
  readonly process?: (process: RuntimeProcess) => Partial<RuntimeProcess>;
}

/** A real runtime with one defect. */
export function breakRuntime(runtime: SandboxRuntime, broken: Breakage): SandboxRuntime {
  const breakProcess = (process: RuntimeProcess) => overlay(process, broken.process?.(process) ?? {});
  const breakSandbox = (sandbox: RuntimeSandbox): RuntimeSandbox =>
    overlay(sandbox, {
      spawn: async (command, options) =>
        breakProcess(await sandbox.spawn(broken.command?.(command) ?? command, options)),
      files: overlay(sandbox.files, broken.files?.(sandbox.files) ?? {}),
      ...broken.sandbox?.(sandbox),
    });
  return overlay(runtime, {
    capabilities: { ...runtime.capabilities, ...broken.capabilities },
    create: async (spec, options) => breakSandbox(await runtime.create(broken.spec?.(spec) ?? spec, options)),
    attach: async (name, options) => breakSandbox(await runtime.attach(name, options)),
    ...broken.runtime?.(runtime),
  });
}

/** The object with some of its members replaced; the others stay bound to it. */
function overlay<Target extends object>(target: Target, replaced: Partial<Target>): Target {
  return new Proxy(target, {
    get(_target, key) {
      if (Object.hasOwn(replaced, key)) return Reflect.get(replaced, key);
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
