import type { StatePaths } from "../config/paths.ts";
import { systemClock } from "../core/clock.ts";
import type { EngineParts } from "../engine/engine-parts.ts";
import { createRuleSource } from "../engine/rule-source.ts";
import { createTrustBook } from "../engine/trust-book.ts";
import type { ToolRegistry } from "../tools/registry.ts";

/** The rules that people wrote in settings files, and which folders' own may widen. */
export function createPolicyParts(
  paths: StatePaths,
  tools: ToolRegistry,
): Pick<EngineParts, "rules" | "trust"> {
  const trust = createTrustBook(paths.trust, systemClock);
  const toolNames = tools.list().map(({ name }) => name);
  return { trust, rules: createRuleSource({ userFile: paths.userConfig, toolNames, trust }) };
}
