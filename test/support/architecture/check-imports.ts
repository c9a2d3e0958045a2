import { posix } from "node:path";
import { type Import, readImports } from "./read-imports.ts";
import type { Permission, Rules } from "./rules.ts";

/** Source files by their path from the checkout's folder, with slashes. */
export type Sources = ReadonlyMap<string, string>;

/** Every breach of the import rules, as one sentence each. */
export function checkImports(sources: Sources, rules: Rules): string[] {
  const early = loadedWith([...sources.keys()].filter(isIndexFile), sources);
  return [...sources].flatMap(([file, source]) => {
    const layer = layerOf(file, rules);
    if (layer === undefined) return [`${file} belongs to no folder of the table of layers`];
    return readImports(source).flatMap((found) => {
      const problem = breach({ layer, file, isEarly: early.has(file) }, found, rules);
      return problem === undefined ? [] : [`${file} imports ${found.from}: ${problem}`];
    });
  });
}

/** Where an import stands. */
interface Place {
  readonly layer: string;
  readonly file: string;
  /** Whether the file is loaded with an index file. */
  readonly isEarly: boolean;
}

function breach({ layer, file, isEarly }: Place, found: Import, rules: Rules): string | undefined {
  const isStatic = found.kind === "static";
  if (found.from.startsWith("node:")) return undefined;
  if (!found.from.startsWith(".")) {
    const name = packageName(found.from);
    const permission = rules.packages.get(name);
    if (permission === undefined) return `${name} is not in the table of packages`;
    // What may be imported lazily may stand at the top of a file that is itself only loaded when it is used.
    return permissionBreach(
      permission,
      layer,
      isStatic && isEarly,
      `${layer} may not import the package ${name}`,
    );
  }
  const target = posix.join(posix.dirname(file), found.from);
  const targetLayer = layerOf(target, rules);
  if (targetLayer === layer) return undefined;
  if (targetLayer === undefined) return `${target} belongs to no folder of the table of layers`;
  const permission = rules.layers.get(layer);
  return permissionBreach(permission, targetLayer, isStatic, `${layer} may not import ${targetLayer}`);
}

function permissionBreach(
  permission: Permission | undefined,
  wanted: string,
  isLoadedAtOnce: boolean,
  refusal: string,
): string | undefined {
  if (permission?.always.includes(wanted)) return undefined;
  if (!permission?.lazily.includes(wanted)) return refusal;
  return isLoadedAtOnce ? `${refusal}, except lazily` : undefined;
}

/** The row of the table of layers that a file belongs to: the longest that is the file or a folder around it. */
export function layerOf(file: string, rules: Rules): string | undefined {
  const layers = [...rules.layers.keys()].filter((layer) => isWithin(file, layer));
  return layers.sort((one, other) => other.length - one.length)[0];
}

/** Whether `file` is `place` or lies in it. */
export function isWithin(file: string, place: string): boolean {
  return file === place || file.startsWith(`${place}/`);
}

function packageName(from: string): string {
  return from
    .split("/")
    .slice(0, from.startsWith("@") ? 2 : 1)
    .join("/");
}

/** A circle of files that load one another, as the list of its files; undefined when there is none. Types load nothing. */
export function findCircle(sources: Sources): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    const start = path.indexOf(file);
    if (start !== -1) return [...path.slice(start), file];
    if (done.has(file)) return undefined;
    for (const target of loaded(file, sources)) {
      const circle = visit(target, [...path, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of sources.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** These files and all that is loaded with them. */
function loadedWith(files: readonly string[], sources: Sources): ReadonlySet<string> {
  const found = new Set(files);
  for (const file of found) for (const target of loaded(file, sources)) found.add(target);
  return found;
}

function isIndexFile(file: string): boolean {
  return posix.basename(file) === "index.ts";
}

function loaded(file: string, sources: Sources): string[] {
  return readImports(sources.get(file) ?? "")
    .filter(({ from, kind }) => kind === "static" && from.startsWith("."))
    .map(({ from }) => posix.join(posix.dirname(file), from))
    .filter((target) => sources.has(target));
}
