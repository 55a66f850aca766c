import { matchesHost } from "./host-pattern.ts";
import { type SeenCommand, isAllowedArgv, mayRun } from "./match-command.ts";
import { matchesAtOrAbove, matchesPath, restsBelow } from "./path-pattern.ts";
import type { Rule } from "./rule.ts";
import type { PolicyScope } from "./scope.ts";

/** A path under the names it was given and found by. */
export interface NamedPath {
  access: "read" | "write";
  paths: readonly string[];
}

type Bases = Pick<PolicyScope, "workspace" | "homes">;

/** The rule that speaks of every call of a tool. */
export function findToolRule(rules: readonly Rule[], tool: string): Rule | undefined {
  return rules.find(
    ({ target }) => target.kind === "tool" && target.tools.some((name) => isToolNamed(name, tool)),
  );
}

/** `mcp__server__*` is every tool of that server. */
function isToolNamed(name: string, tool: string): boolean {
  return name.endsWith("*") ? tool.startsWith(name.slice(0, -1)) : name === tool;
}

/** The rule that allows one part of a command. */
export function findAllowedCommand(rules: readonly Rule[], argv: readonly string[]): Rule | undefined {
  return rules.find(({ target }) => target.kind === "command" && isAllowedArgv(argv, target));
}

/** The rule that narrows a part, or a text that is not understood. */
export function findNarrowedCommand(rules: readonly Rule[], seen: SeenCommand): Rule | undefined {
  return rules.find(({ target }) => target.kind === "command" && mayRun(seen, target));
}

/** The rule that allows a path: it must fit the real one. */
export function findAllowedPath(
  rules: readonly Rule[],
  named: { access: "read" | "write"; real: string },
  bases: Bases,
): Rule | undefined {
  return rules.find(
    ({ target }) =>
      target.kind === "path" &&
      target.access === named.access &&
      matchesPath(named.real, target.pattern, bases),
  );
}

/** The rule that narrows a path under any of its names, by itself or by a folder that it lies in. */
export function findNarrowedPath(rules: readonly Rule[], named: NamedPath, bases: Bases): Rule | undefined {
  return rules.find(({ target }) => {
    if (target.kind !== "path" || target.access !== named.access) return false;
    return named.paths.some((path) => matchesAtOrAbove(path, target.pattern, bases));
  });
}

export function findHostRule(rules: readonly Rule[], host: string): Rule | undefined {
  return rules.find(({ target }) => target.kind === "host" && matchesHost(host, target.host));
}

/** Globs below a real folder that a narrowing rule closes: what a search through it must leave out. */
export function narrowedGlobsBelow(folder: string, scope: PolicyScope): string[] {
  const rules = [...scope.rules.deny, ...scope.rules.ask];
  return rules.flatMap(({ target }) => {
    if (target.kind !== "path" || target.access !== "read") return [];
    return restsBelow(folder, target.pattern, scope).map((rest) => rest.join("/"));
  });
}

/** Whether a narrowing rule may close something below a real folder. */
export function isNarrowedBelow(folder: string, scope: PolicyScope): boolean {
  return narrowedGlobsBelow(folder, scope).length > 0;
}
