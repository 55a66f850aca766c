import type { JournalEntry } from "../../../core/journal.ts";
import type { SessionFault, SessionRecord } from "../../../core/session.ts";
import { type Usage, addUsage, noUsage } from "../../../core/usage.ts";
import type { AgentNews, OutputReader } from "../driver.ts";
import { type JsonRecord, parseRecord, toRecord } from "../json-record.ts";
import { readCall, toText } from "./codex-items.ts";
import { type TurnBook, openTurnBook, subtractUsage } from "./codex-turns.ts";
import { readTotal, toServerItem } from "./exec-items.ts";
import { findThread } from "./find-thread.ts";
import { judgeCodex, toCodexFault } from "./judge-codex.ts";

interface Reading {
  /** Its number among the session's. */
  run: number;
  book: TurnBook;
  /** What its thread had used before this run, as far as that is booked. */
  before: Usage;
  /** Calls that have begun, and have no result yet. */
  calls: Set<string>;
  fault: SessionFault | null;
  isDone: boolean;
  noise: string;
}

/**
 * One run of `codex exec --json`. It tells its tokens once, at its end: model calls before the last one are turns
 * that took none, and the last one took all.
 */
export function readCodexExec(session: SessionRecord, journal: readonly JournalEntry[]): OutputReader {
  const reading: Reading = {
    run: journal.filter(({ event }) => event.type === "agent-launch").length + 1,
    book: openTurnBook(session.model),
    before: findThread(journal) === null ? noUsage : sumUp(journal),
    calls: new Set(),
    fault: null,
    isDone: false,
    noise: "",
  };
  return {
    line: ({ text }) => readLine(reading, text),
    end(end, errors) {
      const { book, fault, isDone, noise } = reading;
      const news = book.close(null);
      const facts = {
        end,
        fault,
        isDone,
        text: book.text,
        said: `${noise}${errors}`,
        schema: session.schema,
      };
      return { news, outcome: judgeCodex(facts) };
    },
  };
}

function sumUp(journal: readonly JournalEntry[]): Usage {
  return journal.reduce(
    (sum, { event }) => (event.type === "turn-end" ? addUsage(sum, event.usage) : sum),
    noUsage,
  );
}

function readLine(reading: Reading, line: string): AgentNews[] {
  const record = parseRecord(line);
  if (record === null) return note(reading, line);
  const item = toRecord(record["item"]);
  switch (record["type"]) {
    case "thread.started":
      return readThread(record);
    case "item.started":
      return item === null ? [] : begin(reading, item);
    case "item.completed":
      return item === null ? [] : complete(reading, item);
    case "turn.completed":
      return readTurnEnd(reading, record);
    case "turn.failed":
      reading.isDone = false;
      reading.fault = toCodexFault(toRecord(record["error"]) ?? {});
      return [];
    case "error":
      return readError(reading, toText(record["message"]));
    default:
      return [];
  }
}

function note(reading: Reading, text: string): AgentNews[] {
  reading.noise = `${reading.noise}${text.slice(0, 2_000)}\n`.slice(-2_000);
  return [];
}

function readThread({ thread_id: thread }: JsonRecord): AgentNews[] {
  return typeof thread === "string" && thread !== "" ? [{ kind: "thread", thread }] : [];
}

function begin({ book, calls, run }: Reading, told: JsonRecord): AgentNews[] {
  const item = toServerItem(told, run);
  if (item === null || readCall(item) === null) return [];
  calls.add(toText(item["id"]));
  return book.begin(item);
}

function complete({ book, calls, run }: Reading, told: JsonRecord): AgentNews[] {
  if (told["type"] === "error") return [toActivity("warns", toText(told["message"]))];
  const item = toServerItem(told, run);
  if (item === null) return [];
  const news = book.complete(item);
  if (readCall(item) === null) return news;
  calls.delete(toText(item["id"]));
  // What is said after it comes of another call of its model.
  return calls.size === 0 ? [...news, ...book.close(noUsage)] : news;
}

function readTurnEnd(reading: Reading, record: JsonRecord): AgentNews[] {
  const { book, before } = reading;
  reading.isDone = true;
  reading.fault = null;
  return toRecord(record["usage"]) === null
    ? book.close(null)
    : book.close(subtractUsage(readTotal(record), before));
}

/** What it tries again by itself; what it gives up at comes as the turn's failure too. */
function readError(reading: Reading, message: string): AgentNews[] {
  note(reading, message);
  return [toActivity("has trouble", message)];
}

function toActivity(what: string, message: string): AgentNews {
  return { kind: "live", event: { type: "activity", text: `${what}: ${message}`.slice(0, 120) } };
}
