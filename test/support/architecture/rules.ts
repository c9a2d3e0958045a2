/** What a folder or file may import: of ours, or of a package. */
export interface Permission {
  readonly always: readonly string[];
  readonly lazily: readonly string[];
}

/** The rules of ARCHITECTURE.md. */
export interface Rules {
  /** Folder → the folders that it may import. */
  readonly layers: ReadonlyMap<string, Permission>;
  /** Package → the folders that may import it. */
  readonly packages: ReadonlyMap<string, Permission>;
  /** Name of something that needs a reason → the folders or files that may do it. */
  readonly freedoms: ReadonlyMap<string, readonly string[]>;
}

/** Reads the tables that follow the markers `<!-- layers -->`, `<!-- packages -->` and `<!-- freedoms -->`. */
export function readRules(markdown: string): Rules {
  const permissions = (name: string) =>
    new Map(
      readTable(markdown, name).map(([subject = "", always = "", lazily = ""]) => [
        names(subject)[0] ?? "",
        { always: names(always), lazily: names(lazily) },
      ]),
    );
  const freedoms = readTable(markdown, "freedoms").map(
    ([what = "", where = ""]) => [names(what)[0] ?? "", names(where)] as const,
  );
  return { layers: permissions("layers"), packages: permissions("packages"), freedoms: new Map(freedoms) };
}

/** The cells of a table's rows, its head left out. */
function readTable(markdown: string, name: string): string[][] {
  const marker = `<!-- ${name} -->`;
  const start = markdown.indexOf(marker);
  if (start === -1) throw new Error(`the rules have no table after ${marker}`);
  const lines = markdown
    .slice(start + marker.length)
    .trimStart()
    .split("\n");
  const end = lines.findIndex((line) => !line.startsWith("|"));
  const rows = lines.slice(2, end === -1 ? undefined : end);
  if (rows.length === 0) throw new Error(`the table after ${marker} has no row`);
  return rows.map((row) => row.split("|").slice(1, -1));
}

/** What stands between backquotes in a cell. */
function names(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}
