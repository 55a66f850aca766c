import { groupBy } from "../group-by.ts";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Arena } from "../arena/arena.ts";
import { type DatabaseRows, readDatabase } from "../arena/database-copy.ts";
import type { SeenCall } from "../arena/model-link.ts";
import { type Plan, parseTask, withChildren } from "../model/plan.ts";

/** A session as the public REST shows it. */
export interface SeenSession {
  id: string;
  task: string;
  status: string;
  reason: string | null;
  parent_id: string | null;
  batch_id: string;
  created_at: string;
  ended_at: string | null;
  turns: number;
  usage: { input_tokens: number; output_tokens: number };
  result: { text: string } | null;
  error: { code: string; detail: string } | null;
}

export interface SeenCost {
  calls: number;
  possibly_billed_calls: number;
  usage: { input_tokens: number; output_tokens: number };
}

/** All that is known at the end of a round, from four witnesses: model, effect file, REST, and the database's rows. */
export interface Evidence {
  /** Accepted ones, without their children. */
  plans: Plan[];
  /** All plans by id, children as well. */
  planById: Map<string, Plan>;
  acceptedIds: string[];
  sessions: SeenSession[];
  /** By the id of the plan in its task. */
  sessionsByPlan: Map<string, SeenSession[]>;
  calls: SeenCall[];
  callsByPlan: Map<string, SeenCall[]>;
  given: { calls: number; inputTokens: number; outputTokens: number };
  violations: string[];
  /** Lines of the effect file, as often as they stand there. */
  effects: Map<string, number>;
  /** Text of the session's own file, by plan. */
  files: Map<string, string>;
  rows: DatabaseRows;
  cost: SeenCost;
  deaths: number[];
}

/** Asks the running daemon, ends it, and reads what it left. */
export async function gatherEvidence(arena: Arena, stop: () => Promise<unknown>): Promise<Evidence> {
  const sessions = await listSessions(arena);
  const cost = await arena.json<SeenCost>("/api/cost");
  const deaths = [...arena.deaths];
  await stop();
  const calls = await arena.model.calls();
  const plans = arena.accepted.flatMap(withChildren);
  return {
    plans: arena.accepted,
    planById: new Map(plans.map((plan) => [plan.id, plan])),
    acceptedIds: arena.acceptedIds,
    sessions,
    sessionsByPlan: groupBy(sessions, ({ task }) => parseTask(task)?.id ?? task),
    calls,
    callsByPlan: groupBy(calls, ({ planId }) => planId),
    given: await arena.model.given(),
    violations: await arena.model.violations(),
    effects: countLines(arena.effectFile),
    files: readFiles(arena, plans),
    rows: readDatabase(arena.database, join(arena.root, "examined")),
    cost,
    deaths,
  };
}

export async function listSessions(arena: Arena): Promise<SeenSession[]> {
  const sessions: SeenSession[] = [];
  let cursor = "";
  do {
    const path: string = `/api/agents/sessions?limit=1000${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = await arena.json<{ sessions: SeenSession[]; next_cursor: string | null }>(path);
    sessions.push(...page.sessions);
    cursor = page.next_cursor ?? "";
  } while (cursor !== "");
  return sessions;
}

function countLines(path: string): Map<string, number> {
  const lines = existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n").filter(Boolean) : [];
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

function readFiles(arena: Arena, plans: readonly Plan[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const { id } of plans) {
    const path = join(arena.workspace, `${id}.txt`);
    if (existsSync(path)) files.set(id, readFileSync(path, "utf8"));
  }
  return files;
}
