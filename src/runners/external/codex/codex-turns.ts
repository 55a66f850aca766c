import { type Usage, noUsage } from "../../../core/usage.ts";
import type { AgentNews } from "../driver.ts";
import type { JsonRecord } from "../json-record.ts";
import { readCall, readResult, readSaid, toText } from "./codex-items.ts";
import { type TurnContent, createTurnContent } from "../turn-content.ts";

/** Makes model calls out of codex's items and counts: it tells what one brought, and then what it took. */
export interface TurnBook {
  /** A turn of codex that is this run's. Counts of others are what was there before. */
  know(turnId: string): void;
  begin(item: JsonRecord): AgentNews[];
  complete(item: JsonRecord): AgentNews[];
  /** The count of a model call, which is over with it. */
  count(turnId: string, counts: { total: Usage; last: Usage }): AgentNews[];
  /** What is open, as a turn of which it told no count. */
  close(usage: Usage | null): AgentNews[];
  /** What was said last. */
  readonly text: string;
}

interface Open {
  model: string;
  content: TurnContent;
  /** Results that came before the count of the call that asked for them. */
  results: AgentNews[];
  /** Calls without a result yet, by id. */
  calls: Map<string, string>;
  isAsking: boolean;
  text: string;
  /** The high-water mark: a count below it is old. Null: nothing was counted yet. */
  mark: Usage | null;
  own: Set<string>;
}

/** `model`: what its tokens are priced as. */
export function openTurnBook(model: string): TurnBook {
  const open: Open = {
    model,
    content: createTurnContent(),
    results: [],
    calls: new Map(),
    isAsking: true,
    text: "",
    mark: null,
    own: new Set(),
  };
  return {
    know: (turnId) => void open.own.add(turnId),
    begin: (item) => begin(open, item),
    complete: (item) => complete(open, item),
    count: (turnId, counts) => count(open, turnId, counts),
    close: (usage) => (open.content.isEmpty() && usage === null ? [] : close(open, usage)),
    get text() {
      return open.text;
    },
  };
}

function begin(open: Open, item: JsonRecord): AgentNews[] {
  const call = readCall(item);
  if (call === null || open.calls.has(call.toolCallId)) return [];
  open.calls.set(call.toolCallId, call.toolName);
  open.content.add(call);
  const text = `${call.toolName} ${JSON.stringify(call.input)}`.slice(0, 120);
  return [...ask(open), { kind: "live", event: { type: "activity", text } }];
}

function complete(open: Open, item: JsonRecord): AgentNews[] {
  const said = readSaid(item);
  if (said !== null) {
    open.content.add(said);
    if (said.type === "text" && said.text !== "") open.text = said.text;
    return ask(open);
  }
  if (readCall(item) === null) return [];
  const started = begin(open, item);
  const toolCallId = toText(item["id"]);
  const tool = open.calls.get(toolCallId) ?? "";
  open.calls.delete(toolCallId);
  const result: AgentNews = { kind: "tool-result", toolCallId, tool, ...readResult(item) };
  // The call itself is told first, with its turn.
  if (open.isAsking) {
    open.results.push(result);
    return started;
  }
  return [...started, result, ...askAgain(open)];
}

/** More comes of a model that was not known to be asked: a command of before is still running. */
function ask(open: Open): AgentNews[] {
  if (open.isAsking) return [];
  open.isAsking = true;
  return [{ kind: "turn-start" }];
}

/** All calls are answered: its model is asked again. */
function askAgain(open: Open): AgentNews[] {
  return open.calls.size === 0 ? ask(open) : [];
}

function count(open: Open, turnId: string, { total, last }: { total: Usage; last: Usage }): AgentNews[] {
  const { mark } = open;
  open.mark = total;
  if (!open.own.has(turnId)) return [];
  const usage = mark === null ? last : subtractUsage(total, mark);
  if (usage.inputTokens === 0 && usage.outputTokens === 0) return [];
  return close(open, usage);
}

function close(open: Open, usage: Usage | null): AgentNews[] {
  const before = ask(open);
  const { results } = open;
  const content = open.content.parts();
  [open.content, open.results, open.isAsking] = [createTurnContent(), [], false];
  const hasCalls = content.some(({ type }) => type === "tool-call");
  const turn: AgentNews = {
    kind: "turn",
    content,
    finish: hasCalls ? "tool-calls" : "stop",
    usage,
    costUsd: null,
    model: open.model,
  };
  return [...before, turn, ...results, ...(hasCalls ? askAgain(open) : [])];
}

/** What was used since the count stood at `mark`. */
export function subtractUsage(total: Usage, mark: Usage): Usage {
  const rest = (key: keyof Usage): number => Math.max(0, total[key] - mark[key]);
  const inputTokens = rest("inputTokens");
  const usage = { ...noUsage, inputTokens, outputTokens: rest("outputTokens") };
  const cacheReadTokens = Math.min(inputTokens, rest("cacheReadTokens"));
  const cacheWriteTokens = Math.min(inputTokens - cacheReadTokens, rest("cacheWriteTokens"));
  return { ...usage, cacheReadTokens, cacheWriteTokens };
}
