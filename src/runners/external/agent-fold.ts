import type { JournalEntry, JournalEvent } from "../../core/journal.ts";
import { toMicroUsd } from "../../core/money.ts";
import { noUsage } from "../../core/usage.ts";
import type { AgentNews } from "./driver.ts";

/** Events that a run's output alone makes, always the same ones in the same order. */
const ownTypes = new Set<JournalEvent["type"]>(["agent-thread", "turn-start", "turn-end", "tool-result"]);

const recordedKinds = ["thread", "turn-start", "turn", "tool-result"] as const;

type RecordedNews = Extract<AgentNews, { kind: (typeof recordedKinds)[number] }>;

/** Turns what an agent says into journal events, those left out that an earlier daemon has written. */
export interface AgentFold {
  take(news: readonly AgentNews[], now: number): JournalEvent[];
}

/** `journal`: up to now, this run's launch in it. */
export function createAgentFold(journal: readonly JournalEntry[], startedAt: number): AgentFold {
  const launched = journal.findLastIndex(({ event }) => event.type === "agent-launch");
  // The launch brings the first turn's start with it.
  const since = journal.slice(launched + 2);
  let written = since.filter(({ event }) => ownTypes.has(event.type)).length;
  let turns = Math.max(0, ...journal.slice(0, launched).map(({ event }) => toTurn(event)));
  let turnStarted = startedAt;
  const toEvent = (news: RecordedNews, now: number): JournalEvent => {
    if (news.kind === "tool-result") return toResult(news);
    if (news.kind === "thread") return { type: "agent-thread", thread: news.thread };
    if (news.kind === "turn-start") {
      turnStarted = now;
      return toTurnStart(turns + 1);
    }
    turns += 1;
    return toTurnEnd(news, turns, now - turnStarted);
  };
  return {
    take: (all, now) =>
      all
        .filter(isRecorded)
        .map((news) => toEvent(news, now))
        // What an earlier daemon has written is the same, and stands.
        .filter(() => (written -= 1) < 0),
  };
}

function isRecorded(news: AgentNews): news is RecordedNews {
  return recordedKinds.some((kind) => kind === news.kind);
}

/** Nothing is set aside for a turn: what a run may spend is told to the agent. */
export function toTurnStart(turn: number): JournalEvent {
  return { type: "turn-start", turn, reservedMicroUsd: 0 };
}

/** The number of a turn that has ended; 0 for all else. */
export function toTurn(event: JournalEvent): number {
  return event.type === "turn-end" ? event.turn : 0;
}

function toTurnEnd(
  { content, finish, usage, costUsd, priced }: Extract<AgentNews, { kind: "turn" }>,
  turn: number,
  durationMs: number,
): JournalEvent {
  const price =
    costUsd === null
      ? null
      : { source: "agent", model: "agent", inputUsdPerMillion: null, outputUsdPerMillion: null };
  return {
    type: "turn-end",
    turn,
    content,
    finish,
    usage: usage ?? noUsage,
    costMicroUsd: costUsd === null ? (priced?.costMicroUsd ?? null) : toMicroUsd(costUsd),
    price: priced?.price ?? price,
    durationMs: Math.max(0, durationMs),
  };
}

function toResult({
  toolCallId,
  tool,
  text,
  isError,
}: Extract<AgentNews, { kind: "tool-result" }>): JournalEvent {
  return { type: "tool-result", toolCallId, tool, text, isError };
}
