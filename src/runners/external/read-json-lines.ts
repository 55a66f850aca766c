import { toPlainText } from "../../core/content.ts";
import { toTokenCount } from "../../core/usage.ts";
import type { AgentNews, AgentOutcome, OutputReader } from "./driver.ts";
import { type JsonRecord, parseRecord, toRecord } from "./json-record.ts";
import { judgeExit, toSaid } from "./judge-exit.ts";
import { type TurnContent, createTurnContent } from "./turn-content.ts";

interface Gathered {
  said: TurnContent;
  result: string | null;
  error: string | null;
  usage: JsonRecord | null;
  costUsd: number | null;
  records: number;
  /** Characters of the longest line that was too long to be read; 0: there was none. */
  unread: number;
  noise: string;
}

/**
 * One JSON object a line. `text` is said on the way, `result` is the answer (else all texts), `error` a
 * failure whatever the exit code; `usage.input_tokens`, `usage.output_tokens` and `cost_usd` are totals.
 */
export function readJsonLines(): OutputReader {
  const gathered: Gathered = {
    said: createTurnContent(),
    result: null,
    error: null,
    usage: null,
    costUsd: null,
    records: 0,
    unread: 0,
    noise: "",
  };
  return {
    line({ text, droppedCharacters }) {
      if (droppedCharacters > 0) {
        gathered.unread = Math.max(gathered.unread, text.length + droppedCharacters);
        return [];
      }
      const record = parseRecord(text);
      if (record === null) {
        gathered.noise = `${gathered.noise}${text}\n`.slice(-1_000);
        return [];
      }
      return gather(gathered, record);
    },
    end(end, errors) {
      const text = gathered.result ?? toPlainText(gathered.said.parts());
      return { news: [toTurn(gathered, text)], outcome: judge(gathered, text, judgeExit(end, errors)) };
    },
  };
}

function gather(gathered: Gathered, record: JsonRecord): AgentNews[] {
  gathered.records += 1;
  const { text, result, error, usage, cost_usd: cost } = record;
  if (typeof result === "string") gathered.result = result;
  if (error !== undefined && error !== null && error !== false) gathered.error = toErrorText(error);
  gathered.usage = toRecord(usage) ?? gathered.usage;
  if (typeof cost === "number" && cost >= 0 && Number.isFinite(cost)) gathered.costUsd = cost;
  const spent = toSpent(gathered);
  if (typeof text !== "string") return spent;
  gathered.said.say("text", text);
  return [...spent, { kind: "live", event: { type: "text-delta", text } }];
}

function toSpent({ costUsd, usage }: Gathered): AgentNews[] {
  if (costUsd === null && usage === null) return [];
  const tokens = toTokenCount(usage?.["input_tokens"]) + toTokenCount(usage?.["output_tokens"]);
  return [{ kind: "spent", costUsd: costUsd ?? 0, tokens }];
}

function toErrorText(error: unknown): string {
  if (typeof error === "string") return error;
  const message = toRecord(error)?.["message"];
  return typeof message === "string" ? message : JSON.stringify(error);
}

function toTurn({ usage, costUsd }: Gathered, text: string): AgentNews {
  const counted =
    usage === null
      ? null
      : {
          inputTokens: toTokenCount(usage["input_tokens"]),
          outputTokens: toTokenCount(usage["output_tokens"]),
          cacheReadTokens: toTokenCount(usage["cache_read_tokens"]),
          cacheWriteTokens: toTokenCount(usage["cache_write_tokens"]),
        };
  return { kind: "turn", content: [{ type: "text", text }], finish: "stop", usage: counted, costUsd };
}

function judge(
  { error, records, unread, noise }: Gathered,
  text: string,
  exit: ReturnType<typeof judgeExit>,
): AgentOutcome {
  const failed = (code: string, detail: string): AgentOutcome => ({
    kind: "failed",
    reason: "agent-error",
    fault: { code, detail },
    text,
  });
  if (error !== null) return failed("agent-failed", `It said that it failed: ${error}`);
  if (exit !== null) return failed(exit.code, exit.detail);
  // What stood in it nobody knows: a result, or that it has failed.
  if (unread > 0) return failed("agent-no-answer", toUnreadText(unread));
  if (records === 0) return failed("agent-no-answer", `None of its lines is a JSON object${toSaid(noise)}`);
  if (text === "") return failed("agent-no-answer", "None of its lines has a result or a text.");
  return { kind: "completed", text };
}

function toUnreadText(characters: number): string {
  return `A line of its has ${characters} characters, which is too long to be read (12 million are not). Have it say its answer in several lines with a "text" each.`;
}
