import { noBudget } from "../core/budget.ts";
import { type ErrorAdvice, type ErrorCode, ProfclawError } from "../core/errors.ts";
import { externalSilenceMs, externalTimeoutMs } from "../core/external-timeout.ts";
import type { Grants } from "../core/grants.ts";
import type { SessionRecord, SessionSpec } from "../core/session.ts";
import { childTools, toolsAllowedBy } from "../policy/allowed-tools.ts";
import { type Level, parseLevel } from "../policy/levels.ts";
import { meet } from "../policy/meet.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { FolderLevel } from "./folder-level.ts";
import { resolveMcp } from "./resolve-mcp.ts";
import { resolveBudget } from "./resolve-budget.ts";
import type { BatchOrigin, SessionRequest } from "./session-request.ts";
import type { KnownAgent } from "../runners/external/agent-book.ts";
import { chooseForAgent, findFitAgent, requireLevel } from "./resolve-agent.ts";
import { type TakenRole, takeRole } from "./take-role.ts";

export interface ResolvedSession {
  spec: SessionSpec;
  warnings: string[];
}

const defaultMaxTurns = 50;
const defaultMaxOutputTokens = 8_192;

/**
 * Fills in a request or refuses it with a ProfclawError whose pointer names the field. Nothing has
 * started by then, so a batch is all or nothing.
 */
export async function resolveSession(
  parts: EngineParts,
  origin: BatchOrigin,
  asked: SessionRequest,
): Promise<ResolvedSession> {
  const agent = await findFitAgent(parts, asked, origin.path ?? parts.path);
  const cwd = await origin.folders.resolve(asked.cwd, origin.cwd);
  const taken = await takeRole(parts, { asked, cwd, parent: origin.parent });
  const { request } = taken;
  const choice =
    agent === null
      ? await parts.resolveModel({ provider: request.provider, model: request.model })
      : chooseForAgent(agent, asked, origin.sharedBudgets);
  const standard = request.permissionMode === undefined ? await origin.folders.levelOf(cwd) : null;
  const id = asked.id ?? parts.newId();
  const { sharedBudgets } = origin;
  const own = request.budget ?? noBudget;
  const { budget, warnings } = await resolveBudget(parts, tellsItsCost(agent) ? null : choice, {
    id,
    budget: own,
    sharedBudgets,
  });
  const { provider, model, requestedModel } = choice;
  const rights = toRights(parts, origin, { ...taken, standard });
  if (agent !== null) requireLevel(agent, rights.grants);
  const { grants } = rights;
  const mcp = await resolveMcp(parts, { request, cwd, parent: origin.parent, grants, agent });
  const spec: SessionSpec = {
    id,
    ...toPlace(origin),
    ...toWork(request, agent),
    agent: agent?.name ?? request.agent ?? "builtin",
    ...rights,
    // What it has of its own is not ours to list.
    ...(agent === null || asked.tools !== undefined ? {} : { tools: [] }),
    ...(mcp.servers.length === 0 ? {} : { mcpServers: mcp.servers }),
    provider,
    model,
    requestedModel,
    role: taken.name,
    stance: taken.stance,
    projectNotes: takesNotes(asked, agent) ? await origin.folders.notesOf(cwd) : null,
    cwd,
    ...toTimes(origin, request, agent),
    budget,
    labels: { ...origin.labels, ...request.labels },
    priority: request.priority ?? origin.parent?.priority ?? 0,
  };
  return { spec, warnings: [...taken.warnings, ...choice.warnings, ...warnings, ...mcp.warnings] };
}

type Place =
  | "batchId"
  | "parentId"
  | "peerId"
  | "rootId"
  | "depth"
  | "path"
  | "sharedBudgets"
  | "createdAt"
  | "traceParent";

/** Where it stands among others. */
function toPlace(origin: BatchOrigin): Pick<SessionSpec, Place> {
  const { batchId, parent, peerId, path, sharedBudgets, createdAt, traceParent } = origin;
  return {
    batchId,
    parentId: parent?.id ?? null,
    peerId: parent === null ? (peerId ?? null) : null,
    rootId: parent?.rootId ?? origin.rootId ?? batchId,
    depth: parent === null ? 0 : parent.depth + 1,
    path,
    sharedBudgets,
    createdAt,
    ...(traceParent === undefined ? {} : { traceParent }),
  };
}

function takesNotes({ projectNotes }: SessionRequest, agent: KnownAgent | null): boolean {
  return projectNotes !== false && (agent === null || agent.takesNotes === true);
}

type Work = "task" | "name" | "maxTurns" | "maxOutputTokens" | "effort" | "schema" | "appendSystem";

/** What it is to do, with our defaults. */
function toWork(request: SessionRequest, agent: KnownAgent | null): Pick<SessionSpec, Work> {
  return {
    task: request.task,
    name: request.name ?? null,
    maxTurns: request.maxTurns ?? defaultMaxTurns,
    maxOutputTokens: request.maxOutputTokens ?? (agent === null ? defaultMaxOutputTokens : 0),
    effort: request.effort ?? null,
    schema: request.schema ?? null,
    appendSystem: request.appendSystem ?? null,
  };
}

/** `standard`: what stands for the level where neither the caller nor the role names one. */
type Asking = TakenRole & { standard: FolderLevel | null };

type Rights = "tools" | "toolsNamed" | "permissionMode" | "grants";

/** What it may do: never more than its parent. */
function toRights(
  parts: EngineParts,
  origin: BatchOrigin,
  { request, narrows, mayName, standard }: Asking,
): Pick<SessionSpec, Rights> {
  const level = resolveLevel(origin, request.permissionMode ?? standard?.level ?? parts.defaultLevel());
  const narrowing = [narrows, standard?.narrows ?? null].filter((grants) => grants !== null);
  const wanted = narrowing.reduce((all, grants) => meet(all, grants), level.grants);
  const grants = origin.parent === null ? wanted : meet(origin.parent.grants, wanted);
  const { extraTools = [] } = request;
  const extra = namedTools(parts, origin, { names: extraTools, field: "extra_allowed_tools" });
  const base =
    request.tools === undefined
      ? unnamedTools(parts, origin, grants)
      : namedTools(parts, origin, { names: request.tools, field: "tools" });
  return {
    tools: [...new Set([...base, ...extra])],
    toolsNamed: (request.tools !== undefined && mayName) || extra.includes("test_run"),
    permissionMode: request.permissionMode ?? level.name,
    grants,
  };
}

/** A program of its own takes longer than a session of ours, where nobody says how long it may. */
function toTimes(
  { timeoutMs, hasOwnTimeout }: BatchOrigin,
  request: SessionRequest,
  agent: KnownAgent | null,
): Pick<SessionSpec, "timeoutMs" | "silenceMs"> {
  if (agent === null) return { timeoutMs: request.timeoutMs ?? timeoutMs };
  if (request.timeoutMs !== undefined) return { timeoutMs: request.timeoutMs, silenceMs: null };
  return hasOwnTimeout
    ? { timeoutMs, silenceMs: null }
    : { timeoutMs: externalTimeoutMs, silenceMs: externalSilenceMs };
}

/** False where its cost is what our price list makes of its tokens. */
function tellsItsCost(agent: KnownAgent | null): boolean {
  return agent?.driver.money === "told" && agent.driver.isPricedByUs !== true;
}

/** Full comes from a person's own word each time: not from a model, and not down from a parent that has it. */
function resolveLevel(origin: BatchOrigin, wanted: string): Level {
  const level = parseLevel(wanted);
  if (level.name !== "full" || origin.mayGrantFull) return level;
  return refuse("policy-denied", "Level full is granted by a person with the token only.", {
    pointer: "permission_mode",
    hint: "Send the token (Authorization: Bearer …), or spawn from the command line.",
  });
}

/** All that the level allows. A child has none its parent lacks. */
function unnamedTools(parts: EngineParts, { parent }: BatchOrigin, grants: Grants): string[] {
  const allowed = toolsAllowedBy({ grants, tools: parts.tools.list(), hasParent: parent !== null });
  return allowed.filter((name) => mayHand(parent, name));
}

interface NamedTools {
  names: readonly string[];
  /** Where a request names them. */
  field: string;
}

/** Exactly these. Throws unknown-tool, and policy-denied for those that the parent lacks. */
function namedTools(parts: EngineParts, { parent }: BatchOrigin, { names, field }: NamedTools): string[] {
  const unique = [...new Set(names)];
  for (const name of unique) parts.tools.get(name);
  const beyond = unique.filter((name) => !mayHand(parent, name));
  if (parent === null || beyond.length === 0) return unique;
  return refuse(
    "policy-denied",
    `A child has no more tools than its parent, which lacks ${beyond.join(", ")}.`,
    {
      pointer: field,
      hint: `The parent has: ${parent.tools.join(", ")}.`,
    },
  );
}

function mayHand(parent: SessionRecord | null, tool: string): boolean {
  return parent === null || parent.tools.includes(tool) || childTools.has(tool);
}

function refuse(code: ErrorCode, detail: string, advice: ErrorAdvice): never {
  throw new ProfclawError(code, detail, advice);
}
