import type { JsonObject } from "../../../core/json.ts";
import type { SessionFault } from "../../../core/session.ts";
import type { RecordedEnd } from "../../../sandbox/recorded/run-folder.ts";
import { readStructuredAnswer } from "../../agent/structured-answer.ts";
import type { AgentOutcome } from "../driver.ts";
import { type JsonRecord, toRecord } from "../json-record.ts";
import { judgeExit, judgeLateExit, toSaid } from "../judge-exit.ts";
import { toText } from "./codex-items.ts";

/** All that is known of a run that is over. */
export interface CodexFacts {
  end: RecordedEnd;
  /** Why the thread or its last turn failed. */
  fault: SessionFault | null;
  /** True once a turn has ended as it should, and no other began after it. */
  isDone: boolean;
  text: string;
  /** What it printed besides. */
  said: string;
  schema: JsonObject | null;
}

export function judgeCodex({ end, fault, isDone, text, said, schema }: CodexFacts): AgentOutcome {
  const failed = (error: SessionFault): AgentOutcome => ({
    kind: "failed",
    reason: "agent-error",
    fault: error,
    text,
  });
  if (fault !== null) return failed(fault);
  if (!isDone) {
    const silence = `It left with exit code 0 in the middle of its work${toSaid(said)}`;
    return failed(judgeExit(end, said) ?? { code: "agent-no-answer", detail: silence });
  }
  const late = judgeLateExit(end, said);
  if (late !== null) return failed(late);
  if (schema === null) return { kind: "completed", text };
  const answer = readStructuredAnswer(text, schema);
  if (answer.kind === "fits") return { kind: "completed", text, structured: answer.value };
  const detail = `Its answer has not the asked shape. ${answer.fault}`;
  return { kind: "failed", reason: "wrong-shape", fault: { code: "wrong-shape", detail }, text };
}

/** What codex says of a failed turn or a refused request, with what to do about it. */
export function toCodexFault(error: JsonRecord): SessionFault {
  const said = [toMessage(toText(error["message"])), toText(error["additionalDetails"])]
    .filter((text) => text !== "")
    .join(" ");
  const info = error["codexErrorInfo"];
  const kind = typeof info === "string" ? info : (Object.keys(toRecord(info) ?? {})[0] ?? "");
  const status = toRecord(toRecord(info)?.[kind])?.["httpStatusCode"];
  const http = typeof status === "number" ? ` (HTTP ${status})` : "";
  const detail = `It said that it failed: ${said || kind || "and not why"}${http}`;
  const isLogin =
    kind === "unauthorized" ||
    status === 401 ||
    status === 403 ||
    /\b401 Unauthorized|not logged in|invalid[_ ]api[_ ]key|Missing environment variable/i.test(said);
  if (isLogin) {
    return {
      code: "agent-not-logged-in",
      detail: `${detail} Log in (codex login), or set OPENAI_API_KEY.`,
    };
  }
  return { code: "agent-failed", detail: [detail, advice[kind] ?? ""].join(" ").trim() };
}

const advice: Readonly<Record<string, string>> = {
  contextWindowExceeded: "Its conversation no longer fits the model: give it a smaller task.",
  usageLimitExceeded: "The limit of its login or key is used up: resume it later, or set another key.",
  rateLimitExceeded: "Its provider lets it do no more for now: resume it later.",
  serverOverloaded: "Its provider is overloaded: resume it later.",
  modelNotFound: "Take a model that its login or key may use (--model).",
};

/** Some messages are a provider's whole answer. */
function toMessage(message: string): string {
  const start = message.indexOf("{");
  try {
    const inner = toRecord(toRecord(JSON.parse(message.slice(start)))?.["error"])?.["message"];
    return start !== -1 && typeof inner === "string" ? inner : message;
  } catch {
    return message;
  }
}
