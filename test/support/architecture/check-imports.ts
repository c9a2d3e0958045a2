import { posix } from "node:path";
import { type Import, readImports } from "./read-imports.ts";
import type { Permission, Rules } from "./rules.ts";

/** Source files by their path from the checkout's folder, with slashes. */
export type Sources = ReadonlyMap<string, string>;

/** Every breach of the import rules, as one sentence each. */
export function checkImports(sources: Sources, rules: Rules): string[] {
  return [...sources].flatMap(([file, source]) => {
    const layer = layerOf(file, rules);
    if (layer === undefined) return [`${file} belongs to no folder of the table of layers`];
    return readImports(source).flatMap((found) => {
      const problem = breach(layer, file, found, rules);
      return problem === undefined ? [] : [`${file} imports ${found.from}: ${problem}`];
    });
  });
}

function breach(layer: string, file: string, found: Import, rules: Rules): string | undefined {
  if (found.from.startsWith("node:")) return undefined;
  if (!found.from.startsWith(".")) return packageBreach(layer, found, rules);
  const target = posix.join(posix.dirname(file), found.from);
  const targetLayer = layerOf(target, rules);
  if (targetLayer === layer) return undefined;
  if (targetLayer === undefined) return `${target} belongs to no folder of the table of layers`;
  return permissionBreach(
    rules.layers.get(layer),
    targetLayer,
    found,
    `${layer} may not import ${targetLayer}`,
  );
}

function packageBreach(layer: string, found: Import, rules: Rules): string | undefined {
  const name = packageName(found.from);
  const permission = rules.packages.get(name);
  if (permission === undefined) return `${name} is not in the table of packages`;
  return permissionBreach(permission, layer, found, `${layer} may not import the package ${name}`);
}

function permissionBreach(
  permission: Permission | undefined,
  wanted: string,
  found: Import,
  refusal: string,
) {
  if (permission?.always.includes(wanted)) return undefined;
  if (!permission?.lazily.includes(wanted)) return refusal;
  return found.kind === "static" ? `${refusal}, except lazily` : undefined;
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

function loaded(file: string, sources: Sources): string[] {
  return readImports(sources.get(file) ?? "")
    .filter(({ from, kind }) => kind === "static" && from.startsWith("."))
    .map(({ from }) => posix.join(posix.dirname(file), from))
    .filter((target) => sources.has(target));
}
