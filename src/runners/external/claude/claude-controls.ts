import type { CutLine } from "../../../sandbox/recorded/follow-output.ts";
import type { AgentCall } from "../../../core/agent-call.ts";
import type { AgentNews, AskVerdict } from "../driver.ts";
import { type JsonRecord, toRecord } from "../json-record.ts";
import { toClaudeCall } from "./claude-calls.ts";

/*
 * Claude Code's control protocol, as @anthropic-ai/claude-code 2.1.330 was seen to speak it with
 * `--permission-prompt-tool stdio`: a `control_request` on its stdout waits for a `control_response` with the same
 * `request_id` on its stdin.
 */

/** What it wants of its host: leave for a call, unless that is free; all else is answered with an error, so that it never waits. */
export function readControlRequest(record: JsonRecord, isFree: (call: AgentCall) => boolean): AgentNews[] {
  const id = record["request_id"];
  const request = toRecord(record["request"]) ?? {};
  if (typeof id !== "string") return [];
  if (request["subtype"] === "can_use_tool") {
    const call = toClaudeCall(request);
    if (!isFree(call)) return [{ kind: "ask", id, call }];
    return [{ kind: "write", id: `control ${id}`, text: toControlAnswer(id, { kind: "allow" }) }];
  }
  const error = `This host knows no ${String(request["subtype"])}.`;
  const text = toLine({ type: "control_response", response: { subtype: "error", request_id: id, error } });
  return [{ kind: "write", id: `control ${id}`, text }];
}

/** It has been interrupted, or has gone on in another way. */
export function readControlCancel(record: JsonRecord): AgentNews[] {
  const id = record["request_id"];
  return typeof id === "string" ? [{ kind: "ask-withdraw", id }] : [];
}

/** An ask that is too long to be read is refused, by the little of it that is there. */
export function readCutControl({ text, droppedCharacters }: CutLine): AgentNews[] {
  if (droppedCharacters === 0 || !text.startsWith('{"type":"control_request"')) return [];
  const id = /"request_id":"([\w-]+)"/.exec(text.slice(0, 400))?.[1];
  if (id === undefined) return [];
  const reason = "Not allowed: a call of that size can not be judged. Do it in smaller pieces.";
  return [{ kind: "write", id: `control ${id}`, text: toControlAnswer(id, { kind: "deny", reason }) }];
}

/** A yes leaves the input as it is: what it asked for is what it does. */
export function toControlAnswer(id: string, verdict: AskVerdict): string {
  const answer =
    verdict.kind === "allow" ? { behavior: "allow" } : { behavior: "deny", message: verdict.reason };
  const response = { subtype: "success", request_id: id, response: answer };
  return toLine({ type: "control_response", response });
}

function toLine(record: object): string {
  return `${JSON.stringify(record)}\n`;
}
