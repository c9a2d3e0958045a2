/**
 * How strongly a sandbox is kept apart from its host, strongest first:
 * `microvm` has a kernel of its own behind hardware virtualisation, `kernel` a user-space kernel (gVisor),
 * `container` shares the host's kernel behind namespaces, cgroups and seccomp, `namespace` the same without an
 * engine, `interpreter` is no boundary of the operating system at all: the code is interpreted.
 */
export const isolationLevels = ["microvm", "kernel", "container", "namespace", "interpreter"] as const;

/** One of {@link isolationLevels}. */
export type IsolationLevel = (typeof isolationLevels)[number];

/** Whether `actual` is at least as strong as `minimum`. */
export function isIsolationAtLeast(actual: IsolationLevel, minimum: IsolationLevel): boolean {
  return isolationLevels.indexOf(actual) <= isolationLevels.indexOf(minimum);
}
