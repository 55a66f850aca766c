import { ProfclawError } from "../core/errors.ts";
import { findInstall } from "../core/agent-version.ts";
import type { BudgetCover } from "../core/budget.ts";
import type { Grants } from "../core/grants.ts";
import type { SessionRecord } from "../core/session.ts";
import type { ModelChoice } from "../core/model-choice.ts";
import { findNearest } from "../core/nearest.ts";
import { parseLevel } from "../policy/levels.ts";
import { meet } from "../policy/meet.ts";
import { toFound } from "../runners/external/agent-fallback.ts";
import type { KnownAgent } from "../runners/external/agent-book.ts";
import {
  type Ability,
  type AfterAbility,
  abilities,
  isAble,
  toLackText,
} from "../runners/external/agent-ways.ts";
import { findUnfit } from "../runners/external/find-unfit.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { SessionRequest } from "./session-request.ts";

type AgentParts = Pick<EngineParts, "runners" | "external">;

/** The program that is to run it; null: our own loop does. Throws agent-not-installed, agent-too-old, agent-broken. */
export async function findFitAgent(
  parts: AgentParts,
  asked: Pick<SessionRequest, "agent" | "provider" | "model">,
  path: string,
): Promise<KnownAgent | null> {
  const named = findAgent(parts, asked, path);
  const { external } = parts;
  const unfit =
    named === null || external === undefined ? null : await findUnfit(named, external.versions, path);
  if (unfit === null) return named === null ? null : toFound(requireLogin(named), path);
  throw new ProfclawError(unfit.code, unfit.detail, { pointer: "agent", hint: unfit.hint });
}

/** It would begin, and end with that. Throws agent-not-logged-in. */
function requireLogin(agent: KnownAgent): KnownAgent {
  if (agent.isLoggedIn?.() !== false) return agent;
  throw new ProfclawError("agent-not-logged-in", `Agent ${agent.name} has neither a key nor a login.`, {
    pointer: "agent",
    ...(agent.loginHint === undefined ? {} : { hint: agent.loginHint }),
  });
}

function findAgent(
  { runners, external }: AgentParts,
  { agent, provider, model }: Pick<SessionRequest, "agent" | "provider" | "model">,
  path: string,
): KnownAgent | null {
  const isOpen = agent === undefined && provider === undefined && model === undefined;
  const name = isOpen ? (external?.standIn(path) ?? undefined) : agent;
  if (name === undefined || runners.has(name)) return null;
  const found = external?.book.find(name);
  if (found?.locate(path) !== undefined) return found;
  const here = (external?.book.names() ?? []).filter((one) => external?.book.find(one)?.locate(path));
  const known = [...runners.keys(), ...here];
  if (found !== undefined) refuseMissing(found, known, path);
  const nearest = findNearest(name, [...runners.keys(), ...(external?.book.names() ?? [])]);
  const guess = nearest.length === 0 ? "" : ` Did you mean ${nearest.join(" or ")}?`;
  throw new ProfclawError(
    "agent-not-installed",
    `Agent ${JSON.stringify(name)} is not here.${guess} There is: ${known.join(", ")}.`,
    {
      pointer: "agent",
      hint: "Leave agent out, use builtin, or describe yours under agents in your settings (docs/agents.md).",
    },
  );
}

function refuseMissing({ name, program }: KnownAgent, known: readonly string[], path: string): never {
  const place = program === undefined ? "on PATH" : `where your settings say (agents.${name}.command)`;
  const install = findInstall(name);
  const way =
    install === undefined
      ? ""
      : `Install it (${install}), or name its program in your settings (agents.${name}.command). `;
  throw new ProfclawError("agent-not-installed", `Agent ${name} is known, but its program is not ${place}.`, {
    pointer: "agent",
    hint: `${way}There is: ${known.join(", ")}. It was looked for in ${program ?? path}`,
  });
}

/** What an agent is asked for, by the names of the request's fields. */
const asks: Record<Ability, (request: SessionRequest) => boolean> = {
  model: ({ model }) => model !== undefined,
  effort: ({ effort }) => effort !== undefined,
  tools: ({ tools, extraTools }) => tools !== undefined || (extraTools ?? []).length > 0,
  schema: ({ schema }) => schema !== undefined,
  max_turns: ({ maxTurns }) => maxTurns !== undefined,
  max_output_tokens: ({ maxOutputTokens }) => maxOutputTokens !== undefined,
  budget_usd: ({ budget }) => typeof budget?.microUsd === "number",
  budget_tokens: ({ budget }) => typeof budget?.tokens === "number",
  mcp: ({ mcp, slim }) => mcp !== undefined || slim === false,
};

/** Refuses by name what an agent can not do: it would be dropped in silence. Throws agent-lacks. */
export function chooseForAgent(
  agent: KnownAgent,
  asked: SessionRequest,
  shared: readonly BudgetCover[],
): ModelChoice {
  // A batch's budget in tokens is one that its sessions would have to keep to as well.
  const tokens = shared.find(({ budget }) => budget.tokens !== null)?.budget;
  const request = { ...asked, budget: tokens ?? asked.budget };
  const missing = abilities.filter((ability) => asks[ability](request) && !isAble(agent, ability));
  const [first] = missing;
  if (first !== undefined) {
    const has = abilities.filter((ability) => isAble(agent, ability)).join(", ");
    const why = toLackText(agent, missing);
    throw new ProfclawError("agent-lacks", `Agent ${agent.name} takes no ${missing.join(", ")}${why}.`, {
      pointer: first,
      hint: has === "" ? `Leave ${missing.join(", ")} out.` : `It takes ${has}.`,
    });
  }
  if (request.model?.startsWith("-") === true) throw toFlagFault(agent, request.model);
  if (request.model !== undefined) agent.checkModel?.(request.model);
  agent.checkTools?.([...(request.tools ?? []), ...(request.extraTools ?? [])]);
  if (request.provider !== undefined && request.provider !== agent.provider) {
    throw new ProfclawError(
      "agent-lacks",
      `Agent ${agent.name} calls its own provider (${agent.provider}), not ${request.provider}.`,
      { pointer: "provider", hint: "Leave provider out, or take the builtin agent." },
    );
  }
  const model = request.model ?? agent.model;
  return { provider: agent.provider, model, requestedModel: null, warnings: [] };
}

/** The model of a retry or fork of a program's session; null: its agent is ours. Throws agent-lacks, unknown-model. */
export function chooseForCopy(
  parts: AgentParts,
  source: Pick<SessionRecord, "agent" | "model" | "task">,
  wish: Pick<SessionRequest, "provider" | "model">,
): { agent: KnownAgent; choice: ModelChoice } | null {
  const agent = parts.runners.has(source.agent) ? undefined : parts.external?.book.find(source.agent);
  if (agent === undefined) return null;
  const own = source.model === agent.model ? undefined : source.model;
  const request = { task: source.task, provider: wish.provider, model: wish.model ?? own };
  return { agent, choice: chooseForAgent(agent, request, []) };
}

/** Its conversation is copied as it stands. Throws agent-lacks. */
export function requireWholeFork(parts: AgentParts, source: SessionRecord, turn: number): void {
  if (parts.runners.has(source.agent) || turn === source.turns) return;
  throw new ProfclawError(
    "agent-lacks",
    `Agent ${source.agent} is forked from where it stands, turn ${source.turns}, and from no other.`,
    { pointer: "turn", hint: "Leave turn out." },
  );
}

/** It goes into the program's arguments, where it would be read as something else. */
function toFlagFault({ name }: KnownAgent, model: string): ProfclawError {
  return new ProfclawError(
    "unknown-model",
    `${JSON.stringify(model)} would be a flag of ${name}, and no model.`,
    {
      pointer: "model",
      hint: "Name a model, or leave it out.",
    },
  );
}

/** A program that no policy of ours holds back runs where a person has granted as much. Throws policy-denied. */
export function requireLevel(agent: KnownAgent, grants: Grants): void {
  const least = parseLevel(agent.level);
  const both = meet(grants, least.grants);
  const lacks = Object.entries(least.grants).some(([cell, grant]) => both[cell as keyof Grants] !== grant);
  if (!lacks) return;
  throw new ProfclawError(
    "policy-denied",
    `Agent ${agent.name} needs level ${least.name}: nothing here limits what it does.`,
    {
      pointer: "permission_mode",
      hint: `Grant it (--permission-mode ${least.name}), or set agents.${agent.name}.level to what you trust it with.`,
    },
  );
}

/** True if the agent of that name is ours, or a program that can be dealt with so. */
export function canAfterwards({ runners, external }: AgentParts, name: string, what: AfterAbility): boolean {
  const agent = external?.book.find(name);
  return runners.has(name) || (agent !== undefined && isAble(agent, what));
}

/** Throws agent-lacks where a session's agent can not be gone on with in this way. */
export function requireAfterwards(parts: AgentParts, name: string, what: AfterAbility): void {
  if (canAfterwards(parts, name, what)) return;
  const isMessage = what === "message";
  const refused = isMessage ? "hears nothing while it runs" : `can not ${what}`;
  const agent = parts.external?.book.find(name);
  const why = agent === undefined ? "" : toLackText(agent, [what]);
  throw new ProfclawError("agent-lacks", `Agent ${name} ${refused}${why}.`, {
    pointer: "id",
    hint: isMessage ? "Wait for its end." : "Start it anew: profclaw agent retry <id>.",
  });
}
