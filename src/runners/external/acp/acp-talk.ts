import { toRecord, type JsonRecord } from "../json-record.ts";
import type { AgentMessage, AgentNews } from "../driver.ts";
import { type RpcMessage, toRequestLine } from "../json-rpc.ts";
import { toText } from "./acp-content.ts";
import { findModelStep } from "./acp-model.ts";
import {
  type AcpTraits,
  type AcpWish,
  findResumeMethod,
  findUntaken,
  protocolVersion,
  toOpenNews,
  toPromptLine,
} from "./acp-requests.ts";
import { type AcpFailure, judgeError, judgeStop, toFailure, toUnknownModel } from "./judge-acp.ts";

/** Where a conversation stands: what was asked last, and what is still to be said. */
export interface Talk {
  wish: AcpWish;
  traits: AcpTraits;
  /** `settle`: it is open, and one more answer is waited for; `over`: it never came to a prompt. */
  stage: "initialize" | "session" | "settle" | "prompt" | "idle" | "over";
  /** The agent's own name for it. */
  thread: string | null;
  queue: AgentMessage[];
  /** The request that has no answer yet. */
  prompting: string | null;
  /** Why the last prompt, or the way to the first one, has failed. */
  failure: AcpFailure | null;
  /** What it answered when the conversation was opened. */
  opened: JsonRecord;
}

// It is kept in the journal.
const longestThread = 1_000;

/** What else is to be said: at once, or behind what it is answering. A second prompt would break the first one off. */
export function say(talk: Talk, message: AgentMessage): AgentNews[] {
  talk.queue.push(message);
  return talk.stage === "idle" ? sayNext(talk) : [];
}

/** It answered a request of ours. */
export function answerTalk(talk: Talk, id: string, result: JsonRecord): AgentNews[] {
  if (id === talk.prompting)
    return endPrompt(talk, judgeStop(result["stopReason"], result["hasAnswer"] === true));
  if (id === "initialize" && talk.stage === "initialize") return open(talk, result);
  if (id === "session" && talk.stage === "session") return settle(talk, result);
  if (id === "settle" && talk.stage === "settle") return sayNext(talk);
  return [];
}

/** It answered a request of ours with an error. */
export function failTalk(talk: Talk, { id, error }: Extract<RpcMessage, { kind: "error" }>): AgentNews[] {
  if (id === talk.prompting) return endPrompt(talk, judgeError("session/prompt", error, talk.traits.login));
  if (id === "settle" && talk.stage === "settle") {
    if (talk.wish.model === null) return sayNext(talk);
    return giveUp(talk, judgeError("the choice of its model", error, talk.traits.login));
  }
  if (id !== talk.stage) return [];
  const method = id === "session" ? "session/new" : "initialize";
  return giveUp(talk, judgeError(method, error, talk.traits.login));
}

function giveUp(talk: Talk, failure: AcpFailure): AgentNews[] {
  talk.failure = failure;
  talk.stage = "over";
  return [{ kind: "idle" }];
}

function open(talk: Talk, result: JsonRecord): AgentNews[] {
  const { wish, traits } = talk;
  const version = result["protocolVersion"];
  if (version !== protocolVersion) {
    const detail = `It speaks version ${JSON.stringify(version ?? null)} of the Agent Client Protocol, and profclaw version ${protocolVersion}. Take another version of ${traits.name}.`;
    return giveUp(talk, toFailure("agent-lacks", detail));
  }
  const abilities = toRecord(result["agentCapabilities"]) ?? {};
  const resume = wish.thread === null ? null : findResumeMethod(abilities);
  if (wish.thread !== null && resume === null) {
    const detail = `Agent ${traits.name} can not resume: it has no session/load. Start it anew: profclaw agent retry <id>.`;
    return giveUp(talk, toFailure("agent-lacks", detail));
  }
  const untaken = findUntaken(wish, abilities);
  if (untaken.length > 0) {
    const detail = `Agent ${traits.name} takes no MCP servers over HTTP, and that is what ${untaken.join(", ")} of your settings is. Leave it out of --mcp, or take another agent.`;
    return giveUp(talk, toFailure("agent-lacks", detail));
  }
  talk.stage = "session";
  return [toOpenNews(wish, abilities, resume)];
}

function settle(talk: Talk, opened: JsonRecord): AgentNews[] {
  const thread = talk.wish.thread ?? toText(opened["sessionId"]);
  if (thread === "" || thread.length > longestThread) {
    const detail = `It opened a session under an id of ${thread.length} characters.`;
    return giveUp(talk, toFailure("agent-failed", detail));
  }
  talk.thread = thread;
  const named: AgentNews[] = talk.wish.thread === null ? [{ kind: "thread", thread }] : [];
  const { model } = talk.wish;
  const step = model === null ? { kind: "is-set" as const } : findModelStep(opened, model);
  if (step.kind === "unknown") return giveUp(talk, toUnknownModel(talk.traits.name, model ?? "", step.known));
  talk.stage = "settle";
  if (step.kind === "ask") {
    const params = { sessionId: thread, ...step.params };
    return [...named, { kind: "write", id: "settle", text: toRequestLine("settle", step.method, params) }];
  }
  const mode = toText(toRecord(opened["modes"])?.["currentModeId"]);
  if (talk.wish.thread === null || mode === "") return [...named, ...sayNext(talk)];
  // It may still be telling the past: once this is answered, it has told it.
  const params = { sessionId: thread, modeId: mode };
  return [{ kind: "write", id: "settle", text: toRequestLine("settle", "session/set_mode", params) }];
}

function sayNext(talk: Talk): AgentNews[] {
  const next = talk.queue.shift();
  if (next === undefined) {
    talk.stage = "idle";
    return [{ kind: "idle" }];
  }
  // An id of the journal's makes the request's: a daemon that reads all this again writes it no second time.
  talk.prompting = `prompt-${next.id}`;
  talk.stage = "prompt";
  talk.failure = null;
  return [{ kind: "write", id: next.id, text: toPromptLine(talk.prompting, talk.thread ?? "", next.text) }];
}

function endPrompt(talk: Talk, failure: AcpFailure | null): AgentNews[] {
  talk.failure = failure;
  talk.prompting = null;
  return sayNext(talk);
}
