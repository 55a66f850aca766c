import type { JournalEntry } from "../../../core/journal.ts";
import type { CutLine } from "../../../sandbox/recorded/follow-output.ts";
import type { RecordedEnd } from "../../../sandbox/recorded/run-folder.ts";
import type { AgentMessage, AgentNews, OutputReader, Patience } from "../driver.ts";
import { type JsonRecord, toRecord } from "../json-record.ts";
import { type RpcId, type RpcMessage, readRpc, toNotificationLine } from "../json-rpc.ts";
import { type AcpBooks, createAcpBooks } from "./acp-books.ts";
import { toAcpCall } from "./acp-calls.ts";
import { toText } from "./acp-content.ts";
import { toBlindRefusal, toPermissionLine, toRefusalLine } from "./acp-permission.ts";
import type { AcpTraits, AcpWish } from "./acp-requests.ts";
import { type AcpTurns, createAcpTurns } from "./acp-turns.ts";
import { type Talk, answerTalk, failTalk, say } from "./acp-talk.ts";
import { judgeEarlyEnd, withErrors } from "./judge-acp.ts";

// A slow machine that starts ten at once took 35 s.
const handshakeMs = 120_000;
// One that has said all leaves within half a second of the end of its stdin, if it does at all.
const leavingMs = 3_000;

interface Reading {
  talk: Talk;
  turns: AcpTurns;
  books: AcpBooks;
  wish: AcpWish;
  lines: number;
  noise: string;
  /** What it has asked leave for, by our name of the ask. */
  asks: Map<string, { id: RpcId; params: JsonRecord }>;
}

/**
 * A conversation by the Agent Client Protocol: what is written next follows from the lines so far alone, so that an
 * adopting daemon comes to the same requests under the same ids.
 */
export function readAcp(wish: AcpWish, traits: AcpTraits, journal: readonly JournalEntry[]): OutputReader {
  const reading: Reading = {
    talk: {
      wish,
      traits,
      stage: "initialize",
      thread: wish.thread,
      queue: [{ id: "first", text: wish.prompt }],
      prompting: null,
      failure: null,
      opened: {},
    },
    turns: createAcpTurns(),
    books: createAcpBooks(wish.thread === null ? [] : journal, traits.span),
    wish,
    lines: 0,
    noise: "",
    asks: new Map(),
  };
  return {
    line: (line) => takeLine(reading, line),
    say: (message: AgentMessage) => say(reading.talk, message),
    answer(askId, { kind }) {
      const asked = reading.asks.get(askId);
      return asked === undefined ? "" : toPermissionLine(asked.id, asked.params, kind === "allow");
    },
    farewell() {
      const { prompting, thread } = reading.talk;
      if (prompting === null || thread === null) return [];
      return [
        { kind: "write", id: "cancel", text: toNotificationLine("session/cancel", { sessionId: thread }) },
      ];
    },
    patience: () => toPatience(reading.talk),
    end: (end, errors) => endReading(reading, end, errors),
  };
}

function endReading(reading: Reading, end: RecordedEnd, errors: string): ReturnType<OutputReader["end"]> {
  const { talk, turns, books, noise } = reading;
  const isOpen = talk.prompting !== null;
  const news = isOpen ? turns.close("other", books.settle(null)) : [];
  const said = `${noise}${errors}`;
  const isEarly = isOpen || (talk.stage !== "idle" && talk.stage !== "over");
  const failure = talk.failure ?? (isEarly ? judgeEarlyEnd(end, said) : null);
  const text = turns.text();
  if (failure === null) return { news, outcome: { kind: "completed", text } };
  const { reason, fault } = withErrors(failure, errors);
  return { news, outcome: { kind: "failed", reason, fault, text } };
}

function takeLine(reading: Reading, line: CutLine): AgentNews[] {
  reading.lines += 1;
  if (line.droppedCharacters > 0) {
    const refusal = toBlindRefusal(line.text);
    return refusal === null ? [] : [toAnswer(reading, refusal)];
  }
  const message = readRpc(line.text);
  if (message !== null) return takeMessage(reading, message);
  reading.noise = `${reading.noise}${line.text}\n`.slice(-2_000);
  return [];
}

function takeMessage(reading: Reading, message: RpcMessage): AgentNews[] {
  const { talk } = reading;
  switch (message.kind) {
    case "notification":
      return message.method === "session/update" ? takeUpdate(reading, message.params) : [];
    case "request":
      return takeRequest(reading, message);
    case "error":
      if (message.id === talk.prompting) return endPrompt(reading, message);
      return failTalk(talk, message);
    case "result":
      if (message.id === talk.prompting) return endPrompt(reading, message);
      return answerTalk(talk, String(message.id), message.result);
  }
}

/** Before the first prompt is out, what it tells is the past: a conversation that it takes up again. */
function takeUpdate(reading: Reading, params: JsonRecord): AgentNews[] {
  const update = toRecord(params["update"]) ?? {};
  const isOurs = toText(params["sessionId"]) === reading.talk.thread;
  if (!isOurs) return [];
  if (update["sessionUpdate"] === "usage_update") {
    const costUsd = reading.books.note(update);
    return costUsd === null ? [] : [{ kind: "spent", costUsd }];
  }
  return reading.talk.prompting === null ? [] : reading.turns.take(update);
}

function takeRequest(
  reading: Reading,
  { id, method, params }: Extract<RpcMessage, { kind: "request" }>,
): AgentNews[] {
  if (method !== "session/request_permission") return [toAnswer(reading, toRefusalLine(id, method))];
  const call = toRecord(params["toolCall"]) ?? {};
  const noted = reading.turns.noteCall(call);
  const askId = `ask-${reading.lines}`;
  reading.asks.set(askId, { id, params });
  return [...noted, { kind: "ask", id: askId, call: toAcpCall(call, reading.wish.session.mcpServers) }];
}

/** Its own ids may come twice; the number of its line does not. */
function toAnswer({ lines }: Reading, text: string): AgentNews {
  return { kind: "write", id: `answer-${lines}`, text };
}

function endPrompt(
  { talk, turns, books }: Reading,
  message: Extract<RpcMessage, { kind: "result" | "error" }>,
): AgentNews[] {
  const answer = message.kind === "result" ? message.result : null;
  const finish = answer?.["stopReason"] === "max_tokens" ? "length" : answer === null ? "error" : "stop";
  const closed = turns.close(finish, books.settle(answer));
  const next =
    message.kind === "error"
      ? failTalk(talk, message)
      : answerTalk(talk, String(message.id), { ...message.result, hasAnswer: turns.hasAnswer() });
  return [...closed, ...next];
}

function toPatience({ stage, traits }: Talk): Patience | null {
  if (stage === "prompt") return null;
  if (stage === "idle" || stage === "over") return { ms: leavingMs, fault: null };
  const method = stage === "initialize" ? "initialize" : "session/new";
  const detail = `It did not answer ${method} within ${handshakeMs / 60_000} minutes. Does ${traits.name} speak the Agent Client Protocol on its stdin?`;
  return { ms: handshakeMs, fault: { code: "agent-no-answer", detail } };
}
