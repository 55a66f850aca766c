import { findNearest } from "../../../core/nearest.ts";
import type { EndReason, SessionFault } from "../../../core/session.ts";
import type { RecordedEnd } from "../../../sandbox/recorded/run-folder.ts";
import { toRecord } from "../json-record.ts";
import type { RpcError } from "../json-rpc.ts";
import { judgeExit, toSaid } from "../judge-exit.ts";

/** Why a conversation has failed. */
export interface AcpFailure {
  reason: EndReason;
  fault: SessionFault;
}

const longestData = 1_000;

export function toFailure(code: string, detail: string, reason: EndReason = "agent-error"): AcpFailure {
  return { reason, fault: { code, detail } };
}

/** What a prompt's end means: null if it was answered. gemini says "end_turn" of an answer that was blocked or broken. */
export function judgeStop(stopReason: unknown, hasAnswer: boolean): AcpFailure | null {
  switch (stopReason) {
    case "end_turn":
      return hasAnswer ? null : toFailure("agent-no-answer", "It ended its turn and said nothing.");
    case "max_tokens":
      return toFailure("length", "Its model's answer was cut off at its limit.", "length");
    case "max_turn_requests":
      return toFailure("max-turns", "It took all of its turns.", "max-turns");
    case "refusal":
      return toFailure("content-filter", "Its model refused to go on.", "content-filter");
    default:
      return toFailure("agent-failed", `It ended its turn with ${JSON.stringify(stopReason ?? null)}.`);
  }
}

/** An error that it answered with. `login`: how one logs in to it. */
export function judgeError(method: string, error: RpcError, login: string): AcpFailure {
  const data = toDataText(error.data);
  const said = [error.message, data === error.message ? "" : data].filter((text) => text !== "").join(": ");
  const detail = `It answered ${method} with error ${error.code}: ${said || "and said nothing about why"}`;
  const isLogin =
    error.code === -32_000 ||
    error.code === 401 ||
    error.code === 403 ||
    /auth(?:entication)? required|unauthori[sz]ed|invalid.{0,12}api.?key|api.?key.{0,20}(?:missing|not valid|invalid)|not logged in/i.test(
      said,
    );
  return isLogin ? toFailure("agent-not-logged-in", `${detail} ${login}`) : toFailure("agent-failed", detail);
}

/** It has ended before its answer: by its exit code, and what it said besides. */
export function judgeEarlyEnd(end: RecordedEnd, said: string): AcpFailure {
  const fault = judgeExit(end, said) ?? {
    code: "agent-no-answer",
    detail: `It left with exit code 0 before it had answered${toSaid(said)}`,
  };
  return { reason: "agent-error", fault };
}

/** One that said nothing may have told stderr why. */
export function withErrors(failure: AcpFailure, errors: string): AcpFailure {
  const { code, detail } = failure.fault;
  if (code !== "agent-no-answer" || !detail.endsWith("said nothing.") || errors.trim() === "") return failure;
  return { ...failure, fault: { code, detail: `${detail.slice(0, -1)}${toSaid(errors)}` } };
}

export function toUnknownModel(agent: string, wanted: string, known: readonly string[]): AcpFailure {
  const nearest = findNearest(wanted, known);
  const guess = nearest.length === 0 ? "" : ` Did you mean ${nearest.join(" or ")}?`;
  const has = known.length === 0 ? "it lets nobody choose" : `it has ${known.slice(0, 40).join(", ")}`;
  return toFailure("agent-lacks", `Agent ${agent} has no model ${wanted}: ${has}.${guess}`);
}

function toDataText(data: unknown): string {
  const record = toRecord(data);
  const inner = record?.["details"] ?? record?.["message"] ?? data;
  if (inner === undefined || inner === null) return "";
  const text = typeof inner === "string" ? inner : JSON.stringify(inner);
  return text.slice(0, longestData);
}
