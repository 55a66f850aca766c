import { homedir, userInfo } from "node:os";
import type { StandingRule } from "../core/approval.ts";
import type { ToolContext } from "../core/tool-context.ts";
import type { Action, Decision } from "../policy/action.ts";
import { decide, pathsOf } from "../policy/decide.ts";
import { protectedBelow } from "../policy/path-rules.ts";
import type { PolicyScope, ResolvedPath } from "../policy/scope.ts";
import { type RuledCall, isStanding, toStandingRule } from "../policy/standing-rules.ts";
import { resolvePath } from "../sandbox/resolve-path.ts";

/** What a person allowed beyond the shipped lists, and whose home is protected. */
export interface PolicyRules {
  homes: readonly string[];
  /** Starts of argv that count as listed, e.g. ["npm", "run", "lint"]. */
  commands: readonly (readonly string[])[];
  hosts: readonly string[];
  /** What a person answered with "always" in this workspace. */
  standing: readonly StandingRule[];
}

/** The decision, with the real path it was made on and what a search there must leave out. */
export interface CallDecision {
  decision: Decision;
  realPath: string;
  leaveOut: readonly string[];
  /** The rule that would answer an ask like this for good, if there is one. */
  rule: StandingRule | null;
}

/** What of a session a decision looks at. */
export type DecidingContext = Pick<ToolContext, "cwd" | "grants" | "tools" | "toolsNamed" | "protectedPaths">;

/** No rules of a person's own; the homes of the user we run as. HOME first: it is what ~ means. */
export function defaultRules(): PolicyRules {
  return { homes: [...new Set([homedir(), userInfo().homedir])], commands: [], hosts: [], standing: [] };
}

/** Looks up every path the action names and lets the policy decide on the real ones. */
export async function decideCall(
  { tool, action }: { tool: string; action: Action },
  { context, rules }: { context: DecidingContext; rules: PolicyRules },
): Promise<CallDecision> {
  const scope = await toScope(context, rules);
  const paths = pathsOf(action, scope);
  const found = await Promise.all(paths.map(async (path) => [path, await resolvePath(path)] as const));
  const resolved = new Map<string, ResolvedPath>(found);
  const whole: PolicyScope = { ...scope, resolved };
  const realPath = "path" in action ? (resolved.get(action.path)?.real ?? "") : "";
  const decision = applyStanding(decide(action, whole), { tool, action, realPath }, rules);
  const leaveOut = realPath === "" ? [] : protectedBelow(realPath, whole);
  const rule = toStandingRule({ tool, action, realPath }, rules.homes[0] ?? "");
  return { decision, realPath, leaveOut, rule: decision.kind === "ask" ? rule : null };
}

/** A standing yes answers what would be asked; it opens nothing that is denied. */
function applyStanding(decision: Decision, call: RuledCall, rules: PolicyRules): Decision {
  if (decision.kind !== "ask") return decision;
  return isStanding(rules.standing, call, rules.homes[0] ?? "") ? { kind: "allow" } : decision;
}

async function toScope(context: DecidingContext, rules: PolicyRules): Promise<PolicyScope> {
  const { grants, tools, toolsNamed } = context;
  const { commands, hosts } = rules;
  const workspace = (await resolvePath(context.cwd)).real;
  const homes = await withRealPaths(rules.homes);
  const protectedPaths = await withRealPaths(context.protectedPaths);
  return {
    grants,
    workspace,
    homes,
    tools,
    toolsNamed,
    protectedPaths,
    commands,
    hosts,
    resolved: new Map(),
  };
}

/** Homes and our state folder do not move while we run; looking them up anew was a third of a call. */
const knownRealPaths = new Map<string, Promise<string[]>>();

function withRealPaths(paths: readonly string[]): Promise<string[]> {
  const key = paths.join("\0");
  const found = knownRealPaths.get(key) ?? findRealPaths(paths);
  knownRealPaths.set(key, found);
  return found;
}

/** As written and as resolved: a protected folder behind a link is protected under both names. */
async function findRealPaths(paths: readonly string[]): Promise<string[]> {
  const real = await Promise.all(paths.map(async (path) => (await resolvePath(path)).real));
  return [...new Set([...paths, ...real])];
}
