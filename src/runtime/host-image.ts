/** The kinds of images that are places on the host. */
export const hostImageKinds = ["folder", "disk", "archive"] as const;

/** An image that is a place on the host. */
export interface HostImage {
  readonly kind: (typeof hostImageKinds)[number];
  /** Absolute. */
  readonly path: string;
}

/**
 * Reads `folder:/…`, `disk:/…` and `archive:/…`; undefined for everything else, which may be an OCI reference: none can have a slash
 * after its first colon but behind a port, which is a number. Does not say whether the path is sound.
 */
export function hostImage(image: string): HostImage | undefined {
  const [, kind, path] = /^(folder|disk|archive):(\/.*)$/s.exec(image) ?? [];
  if (kind === undefined || path === undefined) return undefined;
  return { kind: kind as HostImage["kind"], path };
}

/**
 * What is wrong with the path of a place on the host: undefined when it is absolute and normal, so that what a pattern matches is what is
 * meant. Links are not looked at.
 */
export function hostPathProblem(path: string): string | undefined {
  if (path.length > 512) return "is longer than 512 characters";
  if (!/^\/[\w./+@-]+$/.test(path)) return "may hold letters, digits and / . _ + @ - alone";
  const parts = path.slice(1).split("/");
  return parts.some((part) => part === "" || part === "." || part === "..")
    ? "must be written without //, . and .. and without a slash at its end"
    : undefined;
}
