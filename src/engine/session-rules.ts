import type { SessionRecord } from "../core/session.ts";
import { toOriginPath } from "../core/worktree.ts";
import { joinRules, narrowingRules } from "../policy/rule.ts";
import { type PolicyRules, defaultRules } from "../tools/decide-call.ts";
import type { EngineParts } from "./engine-parts.ts";
import { findWorktree } from "./find-worktree.ts";

type RuleParts = Pick<EngineParts, "store" | "ruleBook" | "rules">;

/**
 * The rules a session's call is judged by, read when it is judged. What a folder of one of its ancestors
 * forbids binds it too: a child in another folder has no more than its parent.
 */
export async function readSessionRules(parts: RuleParts, session: SessionRecord): Promise<PolicyRules> {
  const own = await parts.rules.of(session.cwd);
  let { rules } = own;
  for (const folder of await findOuterFolders(parts, session)) {
    rules = joinRules(rules, narrowingRules((await parts.rules.of(folder)).rules));
  }
  const worktree = await findWorktree(parts.store, session);
  const standing = await parts.ruleBook.of(toOriginPath(worktree, session.cwd));
  const placed = worktree === undefined ? {} : { worktree };
  return { ...defaultRules(), written: rules, hosts: own.hosts, standing, ...placed };
}

async function findOuterFolders(parts: RuleParts, session: SessionRecord): Promise<Set<string>> {
  const folders = new Set<string>();
  let parentId = session.parentId;
  while (parentId !== null) {
    const parent = await parts.store.getSession(parentId);
    if (parent !== undefined && parent.cwd !== session.cwd) folders.add(parent.cwd);
    parentId = parent?.parentId ?? null;
  }
  return folders;
}
