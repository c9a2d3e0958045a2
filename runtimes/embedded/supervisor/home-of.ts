const usual = "/workspace";

/** The home folder of a sandbox: the first write path where /workspace cannot be written to. */
export function homeOf(writePaths: readonly string[] | undefined): string {
  const [first] = writePaths ?? [];
  const isWritable = writePaths?.some((path) => path === "/" || path === usual);
  return first === undefined || isWritable ? usual : first;
}
