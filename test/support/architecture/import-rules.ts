import { isNodeBuiltin, isRelative, listImports, resolveImport } from "./imports.ts";
import { violation, type Rule, type SourceFile } from "./source-tree.ts";

/** The floors of the house, lowest first. A folder imports only what stands in a row before its own. */
export const floors: readonly (readonly string[])[] = [
  ["core"],
  ["config", "policy", "contract"],
  ["sandbox", "store"],
  ["providers", "tools", "mailbox", "ledger"],
  ["runners"],
  ["engine"],
  ["patterns"],
  ["operations"],
  ["server", "mcp", "client"],
  ["daemon"],
  ["cli"],
];

const pureFolders = new Set(["core", "policy", "contract"]);

/** `src/engine/pool.ts` → "engine"; undefined for a file of no folder (src/index.ts) or outside src. */
function toFolder(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

function toFloor(folder: string): number {
  return floors.findIndex((row) => row.includes(folder));
}

/** Imports go down only; siblings in one row never import each other. */
export const checkFloors: Rule = (files) =>
  files
    .filter((file) => file.path.startsWith("src/"))
    .flatMap((file) =>
      listImports(file).flatMap((edge) => {
        if (!isRelative(edge.specifier)) return [];
        const fault = findFloorFault(file, resolveImport(file, edge.specifier));
        return fault === undefined ? [] : [violation("floors", { path: file.path, line: edge.line }, fault)];
      }),
    );

function findFloorFault(file: SourceFile, target: string): string | undefined {
  if (!target.startsWith("src/")) return `${target} is outside src/`;
  const [from, to] = [toFolder(file.path), toFolder(target)];
  if (from === undefined || from === to) return undefined;
  if (to === undefined) return `${target} stands above every folder`;
  const [fromFloor, toFloor_] = [toFloor(from), toFloor(to)];
  if (fromFloor === -1) return `${from}/ has no place in the row of floors`;
  if (toFloor_ === -1) return `${to}/ has no place in the row of floors`;
  if (toFloor_ < fromFloor) return undefined;
  return `${from}/ must not import ${to}/, which is ${toFloor_ === fromFloor ? "its sibling" : "above it"}`;
}

/** A relative import must name a file that is there: else the other rules would not see the edge. */
export const checkResolved: Rule = (files) => {
  const known = new Set(files.map((file) => file.path));
  return files
    .filter((file) => /^(src|test|bench)\//.test(file.path))
    .flatMap((file) =>
      listImports(file)
        .filter((edge) => isRelative(edge.specifier) && !isFile(resolveImport(file, edge.specifier), known))
        .map((edge) =>
          violation(
            "resolved",
            { path: file.path, line: edge.line },
            `"${edge.specifier}" names no source file`,
          ),
        ),
    );
};

function isFile(path: string, known: ReadonlySet<string>): boolean {
  return known.has(path) || /\.(json|yaml|md)$/.test(path) || path.startsWith("examples/");
}

/** No file reaches itself over imports; type imports count too. */
export const checkCycles: Rule = (files) => {
  const edges = new Map(
    files.map((file) => [
      file.path,
      listImports(file)
        .filter((edge) => isRelative(edge.specifier))
        .map((edge) => resolveImport(file, edge.specifier)),
    ]),
  );
  const cycles = [...edges.keys()].flatMap((start) => {
    const cycle = findPathBack(start, edges);
    // Each ring is told once, from its first file.
    return cycle !== undefined && cycle.every((path) => path >= start) ? [cycle] : [];
  });
  return cycles.map((cycle) =>
    violation("cycles", { path: cycle[0] ?? "", line: 1 }, [...cycle, cycle[0]].join(" → ")),
  );
};

function findPathBack(start: string, edges: ReadonlyMap<string, string[]>): string[] | undefined {
  const seen = new Set<string>();
  const paths: string[][] = [[start]];
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    for (const next of edges.get(path.at(-1) ?? "") ?? []) {
      if (next === start) return path;
      if (!seen.has(next)) paths.push([...path, next]);
      seen.add(next);
    }
  }
  return undefined;
}

/** The pure folders reach nothing of Node. */
export const checkPure: Rule = (files) =>
  files
    .filter((file) => pureFolders.has(toFolder(file.path) ?? ""))
    .flatMap((file) =>
      listImports(file)
        .filter((edge) => isNodeBuiltin(edge.specifier))
        .map((edge) =>
          violation(
            "pure",
            { path: file.path, line: edge.line },
            `${edge.specifier} in pure ${toFolder(file.path)}/`,
          ),
        ),
    );
