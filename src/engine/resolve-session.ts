import { realpath, stat } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { type Budget, type BudgetCover, noBudget } from "../core/budget.ts";
import { type ErrorAdvice, type ErrorCode, ProfclawError } from "../core/errors.ts";
import type { Grants } from "../core/grants.ts";
import type { BatchId } from "../core/id.ts";
import type { JsonObject } from "../core/json.ts";
import type { Effort, SessionRecord, SessionSpec } from "../core/session.ts";
import { toolsAllowedBy } from "../policy/allowed-tools.ts";
import { type Level, defaultLevel, parseLevel } from "../policy/levels.ts";
import { meet } from "../policy/meet.ts";
import type { EngineParts } from "./engine-parts.ts";
import { resolveBudget } from "./resolve-budget.ts";

/** One session as a caller asks for it; what is left out gets its default here. */
export interface SessionRequest {
  task: string;
  name?: string | undefined;
  agent?: string | undefined;
  provider?: string | undefined;
  model?: string | undefined;
  tools?: string[] | undefined;
  role?: string | undefined;
  effort?: Effort | undefined;
  permissionMode?: string | undefined;
  cwd?: string | undefined;
  appendSystem?: string | undefined;
  maxTurns?: number | undefined;
  maxOutputTokens?: number | undefined;
  schema?: JsonObject | undefined;
  priority?: number | undefined;
  labels?: Record<string, string> | undefined;
  timeoutMs?: number | undefined;
  budget?: Budget | undefined;
}

/** What all sessions of one request share. */
export interface BatchOrigin {
  batchId: BatchId;
  createdAt: number;
  parent: SessionRecord | null;
  /** Where a session works that names no folder. */
  cwd: string;
  /** PATH of the shell that asked. */
  path: string | null;
  timeoutMs: number;
  labels: Record<string, string>;
  /** What all of them share with others: the batch's budget, and those that cover the parent. */
  sharedBudgets: BudgetCover[];
  /** False for who has no token: such a caller spawns up to level auto. */
  mayGrantFull: boolean;
}

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
  request: SessionRequest,
): Promise<ResolvedSession> {
  refuseUnknownAgent(parts, request);
  const choice = await parts.resolveModel({ provider: request.provider, model: request.model });
  const level = resolveLevel(origin, request.permissionMode);
  const grants = origin.parent === null ? level.grants : meet(origin.parent.grants, level.grants);
  const { parent } = origin;
  const { sharedBudgets } = origin;
  const id = parts.newId();
  const { budget, warnings } = await resolveBudget(parts, choice, {
    id,
    budget: request.budget ?? noBudget,
    sharedBudgets,
  });
  const spec: SessionSpec = {
    id,
    batchId: origin.batchId,
    parentId: parent?.id ?? null,
    rootId: parent?.rootId ?? origin.batchId,
    depth: parent === null ? 0 : parent.depth + 1,
    task: request.task,
    name: request.name ?? null,
    agent: request.agent ?? "builtin",
    provider: choice.provider,
    model: choice.model,
    requestedModel: choice.requestedModel,
    role: null,
    tools: resolveTools(parts, origin, { names: request.tools, grants }),
    toolsNamed: request.tools !== undefined,
    permissionMode: request.permissionMode ?? level.name,
    grants,
    cwd: await resolveCwd(request.cwd, origin.cwd),
    path: origin.path,
    timeoutMs: request.timeoutMs ?? origin.timeoutMs,
    maxTurns: request.maxTurns ?? defaultMaxTurns,
    maxOutputTokens: request.maxOutputTokens ?? defaultMaxOutputTokens,
    budget,
    sharedBudgets,
    effort: request.effort ?? null,
    schema: request.schema ?? null,
    appendSystem: request.appendSystem ?? null,
    labels: { ...origin.labels, ...request.labels },
    priority: request.priority ?? parent?.priority ?? 0,
    createdAt: origin.createdAt,
  };
  return { spec, warnings: [...choice.warnings, ...warnings] };
}

function refuseUnknownAgent(parts: EngineParts, { agent, role }: SessionRequest): void {
  const agents = [...parts.runners.keys()].join(", ");
  if (agent !== undefined && !parts.runners.has(agent)) {
    refuse("agent-not-installed", `Agent "${agent}" is not here. There is: ${agents}.`, {
      pointer: "agent",
      hint: "Leave agent out, or use builtin.",
    });
  }
  if (role !== undefined) {
    refuse("invalid-request", `No role is called "${role}"; this version has none yet.`, {
      pointer: "role",
      hint: "Say the stance in append_system.",
    });
  }
}

/** Full comes from a person's own word each time: not from a model, and not down from a parent that has it. */
function resolveLevel(origin: BatchOrigin, wanted: string | undefined): Level {
  const level = parseLevel(wanted ?? defaultLevel);
  if (level.name !== "full" || origin.mayGrantFull) return level;
  return refuse("policy-denied", "Level full is granted by a person with the token only.", {
    pointer: "permission_mode",
    hint: "Send the token (Authorization: Bearer …), or spawn from the command line.",
  });
}

/** Exactly the named tools; without names all that the level allows. A child has none its parent lacks. */
function resolveTools(
  parts: EngineParts,
  { parent }: BatchOrigin,
  wanted: { names: string[] | undefined; grants: Grants },
): string[] {
  const { names, grants } = wanted;
  if (names === undefined) {
    const allowed = toolsAllowedBy({ grants, tools: parts.tools.list(), hasParent: parent !== null });
    return parent === null ? allowed : allowed.filter((name) => parent.tools.includes(name));
  }
  const unique = [...new Set(names)];
  for (const name of unique) parts.tools.get(name);
  const beyond = parent === null ? [] : unique.filter((name) => !parent.tools.includes(name));
  if (parent === null || beyond.length === 0) return unique;
  return refuse(
    "policy-denied",
    `A child has no more tools than its parent, which lacks ${beyond.join(", ")}.`,
    {
      pointer: "tools",
      hint: `The parent has: ${parent.tools.join(", ")}.`,
    },
  );
}

/** The real path of a folder. Throws cwd-not-found. */
export async function resolveCwd(wanted: string | undefined, fallback: string): Promise<string> {
  const path = wanted === undefined ? fallback : resolve(fallback, wanted);
  if (!isAbsolute(path)) return refuseCwd(path);
  const real = await realpath(path).catch(() => refuseCwd(path));
  const found = await stat(real);
  return found.isDirectory() ? real : refuseCwd(path);
}

function refuseCwd(path: string): never {
  return refuse("cwd-not-found", `No folder is at ${path}.`, {
    pointer: "cwd",
    hint: "Make it first, or name a folder that exists.",
  });
}

function refuse(code: ErrorCode, detail: string, advice: ErrorAdvice): never {
  throw new ProfclawError(code, detail, advice);
}
