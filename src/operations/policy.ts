import type { PolicyCheckInput, PolicyCheckView, PolicyView } from "../contract/policy-operations.ts";
import type { Grants } from "../core/grants.ts";
import { toOriginPath } from "../core/worktree.ts";
import { findWorktree } from "../engine/find-worktree.ts";
import { readFolderLevel } from "../engine/folder-level.ts";
import { resolveCwd } from "../engine/folder-looks.ts";
import type { FolderRules } from "../engine/rule-source.ts";
import type { Action } from "../policy/action.ts";
import { toolsAllowedBy } from "../policy/allowed-tools.ts";
import type { Judgement } from "../policy/judgement.ts";
import { type Level, aliasesOf, levelNames, parseLevel } from "../policy/levels.ts";
import { meet } from "../policy/meet.ts";
import { ruleEffects } from "../policy/rule.ts";
import { type DecidingContext, defaultRules, explainCall } from "../tools/decide-call.ts";
import { toAbsolutePath } from "../tools/tool.ts";
import { toRuleText } from "./approval-views.ts";
import type { OperationParts } from "./parts.ts";

interface Place {
  cwd: string;
  level: Level;
  rules: FolderRules;
}

type PlaceInput = { cwd?: string | undefined; permission_mode?: string | undefined };

export async function showPolicy(parts: OperationParts, input: PlaceInput): Promise<PolicyView> {
  const { cwd, level, rules } = await findPlace(parts, input);
  const { standing } = await findStanding(parts, cwd);
  return {
    cwd,
    permission_mode: level.name,
    levels: levelNames.map((name) => ({
      name,
      aliases: aliasesOf(name),
      grants: toGrantsView(parseLevel(name).grants),
    })),
    files: rules.files.map(({ file, owner, trust }) => ({ file, owner, trust })),
    rules: ruleEffects.flatMap((effect) =>
      rules.files.flatMap(({ written, trust }) =>
        written.rules[effect].map(({ text, source }) => ({
          effect,
          rule: text,
          source,
          in_force: trust === "trusted" || effect !== "allow",
        })),
      ),
    ),
    hosts: rules.files.flatMap(({ file, written, trust }) =>
      written.hosts.map((host) => ({ host, file, in_force: trust === "trusted" })),
    ),
    standing: standing.map(toRuleText),
  };
}

/** What the gate would say of a call that a session without named tools makes there. */
export async function checkPolicy(parts: OperationParts, input: PolicyCheckInput): Promise<PolicyCheckView> {
  const { cwd, level, rules } = await findPlace(parts, input);
  const written = { ...defaultRules(), written: rules.rules, hosts: rules.hosts };
  const context = toContext(parts, { cwd, level, rules });
  const found = await explainCall(toCall(input, cwd), {
    context,
    rules: { ...written, ...(await findStanding(parts, cwd)) },
  });
  const { decision, judgements, isStanding } = found;
  return {
    decision: decision.kind,
    reason: decision.kind === "allow" ? null : decision.reason,
    cwd,
    permission_mode: level.name,
    parts: judgements.map((judgement) => toPartView(judgement, isStanding)),
  };
}

/** What was answered for good there; in a session's worktree that is the repository's. */
async function findStanding({ engineParts }: OperationParts, cwd: string) {
  const worktree = await findWorktree(engineParts.store, { cwd });
  const standing = await engineParts.ruleBook.of(toOriginPath(worktree, cwd));
  return worktree === undefined ? { standing } : { standing, worktree };
}

async function findPlace(parts: OperationParts, input: PlaceInput): Promise<Place> {
  const named = input.permission_mode === undefined ? null : parseLevel(input.permission_mode);
  const cwd = await resolveCwd(input.cwd, parts.daemon.cwd);
  const level = named ?? (await findStandard(parts, cwd));
  return { cwd, level, rules: await parts.engineParts.rules.of(cwd) };
}

/** The level there of a session that names none. */
async function findStandard({ engineParts }: OperationParts, cwd: string): Promise<Level> {
  const { level, narrows } = await readFolderLevel(engineParts, cwd);
  const { name, grants } = parseLevel(level);
  return { name, grants: narrows === null ? grants : meet(grants, narrows) };
}

function toContext({ engineParts }: OperationParts, { cwd, level }: Place): DecidingContext {
  const tools = toolsAllowedBy({ grants: level.grants, tools: engineParts.tools.list(), hasParent: false });
  const { protectedPaths } = engineParts;
  return { cwd, grants: level.grants, tools, toolsNamed: false, protectedPaths };
}

function toCall(input: PolicyCheckInput, cwd: string): { tool: string; action: Action } {
  const { command, read, write, host = "" } = input;
  if (command !== undefined) return { tool: "bash", action: { kind: "bash", command } };
  if (read !== undefined)
    return { tool: "read_file", action: { kind: "read", path: toAbsolutePath(read, cwd) } };
  if (write !== undefined)
    return { tool: "write_file", action: { kind: "write", path: toAbsolutePath(write, cwd) } };
  return { tool: "fetch_url", action: { kind: "network", host } };
}

function toPartView(
  { what, decision, ground }: Judgement,
  isStanding: boolean,
): PolicyCheckView["parts"][number] {
  const opened = isStanding && decision.kind === "ask";
  const { kind } = ground;
  return {
    what,
    decision: opened ? "allow" : decision.kind,
    reason: opened || decision.kind === "allow" ? null : decision.reason,
    by: opened ? "standing" : kind,
    rule:
      kind === "rule" ? { effect: ground.effect, rule: ground.rule.text, source: ground.rule.source } : null,
    level: kind === "level" ? { column: toColumn(ground.column), grant: ground.grant } : null,
  };
}

function toGrantsView({ testRun, ...same }: Grants): PolicyView["levels"][number]["grants"] {
  return { ...same, test_run: testRun };
}

function toColumn(column: keyof Grants): NonNullable<PolicyCheckView["parts"][number]["level"]>["column"] {
  return column === "testRun" ? "test_run" : column;
}
