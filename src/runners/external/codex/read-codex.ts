import type { JournalEntry } from "../../../core/journal.ts";
import type { SessionFault, SessionRecord } from "../../../core/session.ts";
import type { AgentMessage, AgentNews, OutputReader } from "../driver.ts";
import { toBeginning, toFollowUp, toUnheard } from "../follow-up.ts";
import { type JsonRecord, toRecord } from "../json-record.ts";
import { type RpcMessage, readRpc } from "../json-rpc.ts";
import { type CodexAsks, createCodexAsks } from "./codex-asks.ts";
import { readCount, toText } from "./codex-items.ts";
import { toRunKey, toTurnRequest } from "./codex-requests.ts";
import { type TurnBook, openTurnBook } from "./codex-turns.ts";
import { findSilentThread } from "./find-thread.ts";
import { listHeard } from "./list-heard.ts";
import { judgeCodex, toCodexFault } from "./judge-codex.ts";

/** Where the reading of a thread stands. */
interface Reading {
  session: SessionRecord;
  key: string;
  /** What it is told first, by what its thread has heard. */
  opening: (heard: readonly string[]) => string;
  threadId: string | null;
  /** What is to be said once there is a thread. */
  unsaid: AgentMessage[];
  /** Said, and not yet taken into a turn. */
  untaken: Set<string>;
  /** The turn that is under way. */
  turnId: string | null;
  book: TurnBook;
  asks: CodexAsks;
  fault: SessionFault | null;
  /** True: it has no thread, and gets none. */
  isRefused: boolean;
  isDone: boolean;
  noise: string;
}

/** One thread of `codex app-server`: the lines of its process that are for this session, or all there are. */
export function readCodex(session: SessionRecord, journal: readonly JournalEntry[]): OutputReader {
  // Whether codex has kept its thread, and what of it, nobody knows.
  const isSilent = findSilentThread(journal) !== null;
  const reading: Reading = {
    session,
    key: toRunKey(session, journal),
    opening: (heard) =>
      isSilent
        ? toUnheard(session.task, journal, heard)
        : (toFollowUp(journal) ?? toBeginning(session.task, journal)),
    threadId: null,
    unsaid: [],
    untaken: new Set(),
    turnId: null,
    book: openTurnBook(session.model),
    asks: createCodexAsks(),
    fault: null,
    isRefused: false,
    isDone: false,
    noise: "",
  };
  return {
    line: ({ text }) => readLine(reading, text),
    answer: (askId, verdict) => reading.asks.answer(askId, verdict),
    say(message) {
      if (reading.threadId !== null) return [sayTo(reading, reading.threadId, message)];
      if (reading.isRefused) return [{ kind: "idle" }];
      reading.unsaid.push(message);
      return [];
    },
    end(end, errors) {
      const news = reading.book.close(null);
      const { fault, isDone, noise } = reading;
      if (reading.isRefused && isSilent) return { news, outcome: { kind: "unkept", text: "" } };
      const said = `${noise}${errors}`;
      const { text } = reading.book;
      return { news, outcome: judgeCodex({ end, fault, isDone, text, said, schema: session.schema }) };
    },
  };
}

function readLine(reading: Reading, line: string): AgentNews[] {
  const message = readRpc(line);
  if (message === null) {
    reading.noise = `${reading.noise}${line.slice(0, 2_000)}\n`.slice(-2_000);
    return [];
  }
  if (message.kind === "result" || message.kind === "error") return readResponse(reading, message);
  // A thread that one of ours has begun by itself is not this session's.
  const { threadId } = message.params;
  if (typeof threadId === "string" && threadId !== reading.threadId) return [];
  if (message.kind === "request") return [reading.asks.take(message)];
  return readNotification(reading, message.method, message.params);
}

function readResponse(reading: Reading, message: RpcMessage & { kind: "result" | "error" }): AgentNews[] {
  const { key } = reading;
  const id = String(message.id);
  if (!id.startsWith(`${key}:`) || id === `${key}:back`) return [];
  if (message.kind === "error") return fail(reading, id, message.error.message);
  const { result } = message;
  if (id === `${key}:open`) return open(reading, toRecord(result["thread"]) ?? {});
  if (!reading.untaken.delete(id)) return [];
  reading.isDone = false;
  reading.turnId = toText(toRecord(result["turn"])?.["id"]);
  reading.book.know(reading.turnId);
  return [];
}

/** A thread that can not be opened, or a turn that can not be begun. */
function fail(reading: Reading, id: string, message: string): AgentNews[] {
  reading.untaken.delete(id);
  reading.isRefused = reading.threadId === null;
  reading.fault = toCodexFault({ message });
  return reading.turnId === null ? [{ kind: "idle" }] : [];
}

function open(reading: Reading, thread: JsonRecord): AgentNews[] {
  const { opening, unsaid } = reading;
  const threadId = toText(thread["id"]);
  reading.threadId = threadId;
  const first = { id: "task", text: opening(listHeard(thread)) };
  const said = [first, ...unsaid.splice(0)].map((message) => sayTo(reading, threadId, message));
  return [{ kind: "thread", thread: threadId }, ...said];
}

/** While a turn runs, it is heard in that one. */
function sayTo(reading: Reading, threadId: string, { id, text }: AgentMessage): AgentNews {
  const requestId = `${reading.key}:${id}`;
  reading.untaken.add(requestId);
  reading.isDone = false;
  const line = toTurnRequest(reading.session, { id: requestId, threadId, text });
  return { kind: "write", id: requestId, text: line };
}

function readNotification(reading: Reading, method: string, params: JsonRecord): AgentNews[] {
  const { book } = reading;
  const item = toRecord(params["item"]);
  switch (method) {
    case "item/agentMessage/delta":
      return [{ kind: "live", event: { type: "text-delta", text: toText(params["delta"]) } }];
    case "serverRequest/resolved":
      return reading.asks.withdraw(params);
    case "item/started":
      if (item !== null) reading.asks.note(item);
      return item === null ? [] : book.begin(item);
    case "item/completed":
      return item === null ? [] : book.complete(item);
    case "thread/tokenUsage/updated":
      return readTokens(reading, params);
    case "error":
      return readError(params);
    case "turn/completed":
      return readTurnEnd(reading, toRecord(params["turn"]) ?? {});
    default:
      return [];
  }
}

function readTokens({ book }: Reading, params: JsonRecord): AgentNews[] {
  const counts = toRecord(params["tokenUsage"]) ?? {};
  const total = readCount(toRecord(counts["total"]) ?? {});
  const last = readCount(toRecord(counts["last"]) ?? {});
  return book.count(toText(params["turnId"]), { total, last });
}

/** What it tries again by itself is shown; the others end the turn, which says so. */
function readError(params: JsonRecord): AgentNews[] {
  const message = toText(toRecord(params["error"])?.["message"]);
  const text = `${params["willRetry"] === true ? "tries again" : "failed"}: ${message}`.slice(0, 120);
  return [{ kind: "live", event: { type: "activity", text } }];
}

function readTurnEnd(reading: Reading, turn: JsonRecord): AgentNews[] {
  const id = toText(turn["id"]);
  if (reading.turnId !== null && id !== reading.turnId) return [];
  reading.turnId = null;
  const news = reading.book.close(null);
  const status = turn["status"];
  reading.isDone = status === "completed";
  reading.fault = null;
  if (status !== "completed") {
    reading.fault = toCodexFault(toRecord(turn["error"]) ?? { message: `its turn was ${toText(status)}` });
  }
  // What was said in between begins another turn.
  return reading.untaken.size > 0 ? news : [...news, { kind: "idle" }];
}
