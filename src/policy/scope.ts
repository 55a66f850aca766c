import type { Grants } from "../core/grants.ts";
import type { RuleSet } from "./rule.ts";

/** Where a path really leads. `special` is a device, FIFO or socket; a missing one keeps its real parents. */
export interface ResolvedPath {
  real: string;
  kind: "file" | "folder" | "missing" | "special";
}

/** All that a decision looks at. Paths are real, absolute and without a trailing slash. */
export interface PolicyScope {
  grants: Grants;
  workspace: string;
  /** The user's home folders, as written and as resolved. */
  homes: readonly string[];
  tools: readonly string[];
  /** True if the caller listed the tools. */
  toolsNamed: boolean;
  /** Refused at every level: our state folder among them. */
  protectedPaths: readonly string[];
  /** The tool that is judged. */
  tool: string;
  /** The rules that a person wrote. */
  rules: RuleSet;
  /** Hosts that a listed network grant reaches: `example.com`, `*.example.com`. */
  hosts: readonly string[];
  /** What `pathsOf` named, looked up. A path that is not here is refused. */
  resolved: ReadonlyMap<string, ResolvedPath>;
}
