import { homedir, userInfo } from "node:os";
import type { StandingRule } from "../core/approval.ts";
import type { ToolContext } from "../core/tool-context.ts";
import type { Action, Decision } from "../policy/action.ts";
import { type Worktree, toOriginPath } from "../core/worktree.ts";
import { judge, pathsOf } from "../policy/decide.ts";
import { narrowedGlobsBelow } from "../policy/find-rule.ts";
import { type Judgement, worstOf } from "../policy/judgement.ts";
import { protectedBelow } from "../policy/path-rules.ts";
import type { PolicyScope, ResolvedPath } from "../policy/scope.ts";
import { type RuledCall, isStanding, toStandingRule } from "../policy/standing-rules.ts";
import { type RuleSet, noRules } from "../policy/rule.ts";
import { resolvePath } from "../sandbox/resolve-path.ts";

/** What a person allowed beyond the shipped lists, and whose home is protected. */
export interface PolicyRules {
  homes: readonly string[];
  /** What a person wrote: deny, ask, allow. */
  written: RuleSet;
  hosts: readonly string[];
  /** What a person answered with "always" in this workspace. */
  standing: readonly StandingRule[];
  /** Where the session works in one: what is standing is of the folder that it was made from. */
  worktree?: Worktree;
}

/** The decision, with the real path it was made on and what a search there must leave out. */
export interface CallDecision {
  decision: Decision;
  realPath: string;
  leaveOut: readonly string[];
  /** The same as globs, from the person's rules. */
  leaveOutGlobs: readonly string[];
  /** The rule that would answer an ask like this for good, if there is one. */
  rule: StandingRule | null;
}

/** What of a session a decision looks at. */
export type DecidingContext = Pick<ToolContext, "cwd" | "grants" | "tools" | "toolsNamed" | "protectedPaths">;

// The account does not change while we run, and asking for it reads files.
let accountHome: string | undefined;

/** No rules of a person's own; the homes of the user we run as. HOME first: it is what ~ means. */
export function defaultRules(): PolicyRules {
  accountHome ??= userInfo().homedir;
  return { homes: [...new Set([homedir(), accountHome])], written: noRules, hosts: [], standing: [] };
}

/** A decision with what it rests on. */
interface ExplainedCall {
  decision: Decision;
  judgements: readonly Judgement[];
  /** True if an answer for good made it an allow. */
  isStanding: boolean;
  realPath: string;
  scope: PolicyScope;
}

/** The decision on a call, part by part. */
export async function explainCall(
  call: { tool: string; action: Action },
  { context, rules }: { context: DecidingContext; rules: PolicyRules },
): Promise<ExplainedCall> {
  const scope = await openScope(call, { context, rules });
  const { action } = call;
  const realPath = toTouched(action, scope);
  const judgements = judge(action, scope);
  const decided = worstOf(judgements);
  const decision = applyStanding(decided, { ...call, realPath }, rules);
  return { decision, judgements, isStanding: decision !== decided, realPath, scope };
}

/** Looks up every path the action names and lets the policy decide on the real ones. */
export async function decideCall(
  call: { tool: string; action: Action },
  { context, rules }: { context: DecidingContext; rules: PolicyRules },
): Promise<CallDecision> {
  const { decision, realPath, scope } = await explainCall(call, { context, rules });
  const rule = toStandingRule(toRuled({ ...call, realPath }, rules), rules.homes[0] ?? "");
  const isFolder = realPath !== "" && "path" in call.action;
  const mayStand = decision.kind === "ask" && decision.isRuled !== true;
  return {
    decision,
    realPath,
    leaveOut: isFolder ? protectedBelow(realPath, scope) : [],
    leaveOutGlobs: isFolder ? narrowedGlobsBelow(realPath, scope) : [],
    rule: mayStand ? rule : null,
  };
}

/** A yes is for exactly this: the real path, or the text of an MCP server's tool. */
function toTouched(action: Action, scope: PolicyScope): string {
  if (action.kind === "mcp") return `mcp-text:${action.textSha256}`;
  return "path" in action ? (scope.resolved.get(action.path)?.real ?? "") : "";
}

/** A standing yes answers what would be asked; it opens nothing that is denied, or asked each time by a rule. */
function applyStanding(decision: Decision, call: RuledCall, rules: PolicyRules): Decision {
  if (decision.kind !== "ask" || decision.isRuled === true) return decision;
  const ruled = toRuled(call, rules);
  return isStanding(rules.standing, ruled, rules.homes[0] ?? "") ? { kind: "allow" } : decision;
}

/** A file of a worktree is the same file as the one that it was made from, to who answers for good. */
function toRuled(call: RuledCall, { worktree }: PolicyRules): RuledCall {
  return { ...call, realPath: toOriginPath(worktree, call.realPath) };
}

/** All that a decision looks at, with every path that the action names looked up. */
async function openScope(
  { tool, action }: { tool: string; action: Action },
  { context, rules }: { context: DecidingContext; rules: PolicyRules },
): Promise<PolicyScope> {
  const { grants, tools, toolsNamed } = context;
  const workspace = (await resolvePath(context.cwd)).real;
  const homes = await withRealPaths(rules.homes);
  const protectedPaths = await withRealPaths(context.protectedPaths);
  const paths = pathsOf(action, { workspace, homes });
  const found = await Promise.all(paths.map(async (path) => [path, await resolvePath(path)] as const));
  return {
    grants,
    workspace,
    homes,
    tools,
    toolsNamed,
    protectedPaths,
    tool,
    rules: rules.written,
    hosts: rules.hosts,
    resolved: new Map<string, ResolvedPath>(found),
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
