import type { JournalEntry } from "../../../core/journal.ts";
import { type Usage, addUsage, noUsage, toTokenCount } from "../../../core/usage.ts";
import { type JsonRecord, toRecord, toRecords } from "../json-record.ts";
import { toText } from "./acp-content.ts";

/** What a prompt came to. */
export interface AcpBill {
  /** Null: it told none. */
  usage: Usage | null;
  /** By its own word, USD; null: it told none. */
  costUsd: number | null;
  /** The model whose tokens these are; null: the session's. */
  model: string | null;
}

/** What `usage` in a prompt's answer counts: all of the conversation, or the last call alone. */
export type UsageSpan = "conversation" | "last-call";

export interface AcpBooks {
  /** Takes the cost so far, as an update tells it; answers what this run has cost of it, USD, or null. */
  note(update: JsonRecord): number | null;
  /** What is to be booked for the prompt that this answers. Null: it got no answer. */
  settle(answer: JsonRecord | null): AcpBill;
}

/** `journal`: what earlier runs of the same conversation have booked is taken off its totals. */
export function createAcpBooks(journal: readonly JournalEntry[], span: UsageSpan): AcpBooks {
  let booked = sumBooked(journal);
  let told: number | null = null;
  const { costUsd: before } = booked;
  return {
    note(update) {
      const cost = toRecord(update["cost"]);
      const amount = cost?.["amount"];
      if (typeof amount !== "number" || !Number.isFinite(amount) || amount < 0) return null;
      if (toText(cost?.["currency"]).toUpperCase() !== "USD") return null;
      told = amount;
      return Math.max(0, amount - before);
    },
    settle(answer) {
      const counted = answer === null ? null : readUsage(answer);
      const usage =
        counted?.isTotal === true && span === "conversation"
          ? subtract(counted.usage, booked.usage)
          : (counted?.usage ?? null);
      const costUsd = told === null ? null : Math.max(0, told - booked.costUsd);
      booked = {
        usage: addUsage(booked.usage, usage ?? noUsage),
        costUsd: Math.max(booked.costUsd, told ?? 0),
      };
      return { usage, costUsd, model: counted?.model ?? null };
    },
  };
}

function sumBooked(journal: readonly JournalEntry[]): { usage: Usage; costUsd: number } {
  const booked = { usage: noUsage, costUsd: 0 };
  for (const { event } of journal) {
    if (event.type !== "turn-end") continue;
    booked.usage = addUsage(booked.usage, event.usage);
    booked.costUsd += (event.costMicroUsd ?? 0) / 1e6;
  }
  return booked;
}

interface Counted {
  usage: Usage;
  model: string | null;
  /** True: it counts from the conversation's start on. */
  isTotal: boolean;
}

/** gemini tells in `_meta.quota` what this prompt used, by model; the protocol's own `usage` is a total. */
function readUsage(answer: JsonRecord): Counted | null {
  const quota = toRecord(toRecord(answer["_meta"])?.["quota"]);
  const count = toRecord(quota?.["token_count"]);
  if (count !== null) {
    const models = toRecords(quota?.["model_usage"]).map(({ model }) => toText(model));
    // Several at once: then it is the session's own that is meant, or nobody knows.
    const model = models.length === 1 ? (models[0] ?? null) : null;
    return { usage: toUsage(count["input_tokens"], count["output_tokens"]), model, isTotal: false };
  }
  const usage = toRecord(answer["usage"]);
  if (usage === null) return null;
  const plain = toUsage(usage["inputTokens"], usage["outputTokens"]);
  const cacheReadTokens = toTokenCount(usage["cachedReadTokens"]);
  const cacheWriteTokens = toTokenCount(usage["cachedWriteTokens"]);
  // It counts input without what came from the cache; we count all of it.
  const inputTokens = plain.inputTokens + cacheReadTokens + cacheWriteTokens;
  const counted = { ...plain, inputTokens, cacheReadTokens, cacheWriteTokens };
  return { usage: counted, model: null, isTotal: true };
}

function toUsage(input: unknown, output: unknown): Usage {
  return { ...noUsage, inputTokens: toTokenCount(input), outputTokens: toTokenCount(output) };
}

function subtract(total: Usage, booked: Usage): Usage {
  const rest = (key: keyof Usage): number => Math.max(0, total[key] - booked[key]);
  return {
    inputTokens: rest("inputTokens"),
    outputTokens: rest("outputTokens"),
    cacheReadTokens: rest("cacheReadTokens"),
    cacheWriteTokens: rest("cacheWriteTokens"),
  };
}
