import type { RuntimeFiles, RuntimeProcess, RuntimeSandbox, SandboxRuntime } from "../../runtime/index.ts";

/** A runtime that does what `inner` does, but for what `changes` replaces. */
export function overRuntime(inner: SandboxRuntime, changes: Partial<SandboxRuntime>): SandboxRuntime {
  return {
    name: inner.name,
    capabilities: inner.capabilities,
    ...(inner.defaults && { defaults: inner.defaults }),
    ...(inner.secretNames && { secretNames: inner.secretNames }),
    probe: (options) => inner.probe(options),
    create: (spec, options) => inner.create(spec, options),
    attach: (name, options) => inner.attach(name, options),
    list: (options) => inner.list(options),
    sweep: (options) => inner.sweep(options),
    ...(inner.snapshots && { snapshots: inner.snapshots }),
    close: () => inner.close(),
    ...changes,
  };
}

/** A sandbox that does what `inner` does, but for what `changes` replaces. */
export function overSandbox(inner: RuntimeSandbox, changes: Partial<RuntimeSandbox>): RuntimeSandbox {
  const { snapshot } = inner;
  return {
    name: inner.name,
    files: inner.files,
    ...(inner.egress && { egress: inner.egress }),
    inspect: (options) => inner.inspect(options),
    spawn: (command, options) => inner.spawn(command, options),
    tarIn: (directory, archive, options) => inner.tarIn(directory, archive, options),
    tarOut: (path, options) => inner.tarOut(path, options),
    stop: (options) => inner.stop(options),
    kill: (options) => inner.kill(options),
    start: (options) => inner.start(options),
    destroy: (options) => inner.destroy(options),
    logs: (options) => inner.logs(options),
    stats: (options) => inner.stats(options),
    extend: (expiresAt) => inner.extend(expiresAt),
    ...(snapshot && { snapshot: (name, options) => snapshot.call(inner, name, options) }),
    ...changes,
  };
}

/** File operations that each pass through `around`, which is told the operation's name and path. */
export function overFiles(
  inner: RuntimeFiles,
  around: <T>(operation: keyof RuntimeFiles, path: string, call: () => Promise<T>) => Promise<T>,
): RuntimeFiles {
  return {
    stat: (path) => around("stat", path, () => inner.stat(path)),
    list: (path) => around("list", path, () => inner.list(path)),
    makeDirectory: (path) => around("makeDirectory", path, () => inner.makeDirectory(path)),
    rename: (from, to) => around("rename", to, () => inner.rename(from, to)),
    remove: (path, options) => around("remove", path, () => inner.remove(path, options)),
  };
}

/** A process that does what `inner` does, but for what `changes` replaces. */
export function overProcess(inner: RuntimeProcess, changes: Partial<RuntimeProcess>): RuntimeProcess {
  return {
    id: inner.id,
    output: inner.output,
    writeStdin: (data) => inner.writeStdin(data),
    closeStdin: () => inner.closeStdin(),
    kill: (signal) => inner.kill(signal),
    wait: () => inner.wait(),
    ...changes,
  };
}
