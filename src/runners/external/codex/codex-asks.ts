import type { AgentCall, AgentWish } from "../../../core/agent-call.ts";
import type { JsonValue } from "../../../core/json.ts";
import type { AgentNews, AskVerdict } from "../driver.ts";
import { type JsonRecord, toRecord } from "../json-record.ts";
import { type RpcMessage, toErrorLine, toResultLine } from "../json-rpc.ts";
import { toText } from "./codex-items.ts";

/** Asks of codex for leave: those that a level has words for are judged, all else is refused in the words of its kind. */
export interface CodexAsks {
  /** What was begun: a change of files is asked for by its item alone. */
  note(item: JsonRecord): void;
  take(request: RpcMessage & { kind: "request" }): AgentNews;
  /** How it is told what was said to an ask. A no lets the turn go on: its model reads that it was declined. */
  answer(askId: string, verdict: AskVerdict): string;
  /** Somebody else has answered, or the turn is over. */
  withdraw(params: JsonRecord): AgentNews[];
}

export function createCodexAsks(): CodexAsks {
  const begun: Begun = { changes: new Map(), serverCalls: new Map() };
  // Codex numbers its asks, and answers those about servers by other words.
  const aboutServers = new Set<string>();
  return {
    note: (item) => noteItem(begun, item),
    take({ id, method, params }) {
      const call = method === elicitation ? toServerCall(params, begun) : toCall(method, params, begun);
      if (call !== null && method === elicitation) aboutServers.add(String(id));
      if (call !== null) return { kind: "ask", id: String(id), call };
      const answer = refusals[method];
      const message = `Nobody answers ${method} here.`;
      const text =
        answer === undefined ? toErrorLine(id, { code: -32601, message }) : toResultLine(id, answer);
      return { kind: "write", id: `answer ${id}`, text };
    },
    answer(askId, { kind }) {
      const word = kind === "allow" ? "accept" : "decline";
      if (!aboutServers.has(askId)) return toResultLine(Number(askId), { decision: word });
      // A yes is for this call, and for no later one.
      const content = kind === "allow" ? {} : null;
      return toResultLine(Number(askId), { action: word, content, _meta: null });
    },
    withdraw: ({ requestId }) =>
      typeof requestId === "number" ? [{ kind: "ask-withdraw", id: String(requestId) }] : [],
  };
}

/** What an ask tells only by the name of what was begun. */
interface Begun {
  /** By the id of their item. */
  changes: Map<string, JsonValue>;
  /** Ids of the latest calls of servers' tools, by the name of both. */
  serverCalls: Map<string, string>;
}

function noteItem({ changes, serverCalls }: Begun, item: JsonRecord): void {
  const id = toText(item["id"]);
  if (item["type"] === "fileChange") changes.set(id, item["changes"] as JsonValue);
  if (item["type"] === "mcpToolCall")
    serverCalls.set(toServerTool(toText(item["server"]), toText(item["tool"])), id);
}

function toServerTool(server: string, tool: string): string {
  return `mcp__${server}__${tool}`;
}

const elicitation = "mcpServer/elicitation/request";

/** Leave for a call of a server's tool; null for what a server itself wants to know: nobody is there to be asked. */
function toServerCall(params: JsonRecord, { serverCalls }: Begun): AgentCall | null {
  const about = toRecord(params["_meta"]) ?? {};
  const [server, name] = [toText(params["serverName"]), toText(about["tool_name"])];
  const fields = toRecord(toRecord(params["requestedSchema"])?.["properties"]) ?? {};
  const isLeave = about["codex_approval_kind"] === "mcp_tool_call" && Object.keys(fields).length === 0;
  if (!isLeave || server === "" || name === "") return null;
  const tool = toServerTool(server, name);
  const input = (about["tool_params"] ?? {}) as JsonValue;
  const wishes: AgentWish[] = [{ kind: "rest", what: `Using ${tool}` }];
  return { toolCallId: serverCalls.get(tool) ?? "", tool, input, wishes };
}

function toCall(method: string, params: JsonRecord, { changes }: Begun): AgentCall | null {
  const toolCallId = toText(params["itemId"]);
  if (method === "item/commandExecution/requestApproval") {
    const command = unwrap(toText(params["command"]));
    const cwd = toText(params["cwd"]);
    const reason = toText(params["reason"]);
    const host = toText(toRecord(params["networkApprovalContext"])?.["host"]);
    const wishes = [...toCommand(command, cwd), ...toNetwork(host)];
    const more = { ...(cwd === "" ? {} : { cwd }), ...(reason === "" ? {} : { reason }) };
    const input = { command, ...more };
    return wishes.length === 0 ? null : { toolCallId, tool: "shell", input, wishes };
  }
  if (method !== "item/fileChange/requestApproval") return null;
  const input = changes.get(toolCallId);
  const paths = toPaths(input);
  // What cannot be named cannot be allowed.
  if (input === undefined || paths.length === 0) return null;
  const wishes = paths.map((path): AgentWish => ({ kind: "write", path, tool: "edit_file" }));
  return { toolCallId, tool: "apply_patch", input: { changes: input }, wishes };
}

function toCommand(command: string, cwd: string): AgentWish[] {
  if (command === "") return [];
  return [{ kind: "command", command, ...(cwd === "" ? {} : { cwd }) }];
}

/**
 * It runs all commands by its shell, and shows that, quoted as one word: what it was given is what is judged. What is
 * quoted in another way stays as it is: a longer command is never taken for a shorter one.
 */
function unwrap(command: string): string {
  const word = /^(?:\/[\w./-]+\/)?(?:ba|z)?sh -l?c (.*)$/s.exec(command)?.[1] ?? "";
  if (/^[\w./:=@%+,-]+$/.test(word)) return word;
  if (/^'[^']*'$/.test(word)) return word.slice(1, -1);
  const isQuoted = /^"(?:[^"\\$`!]|\\["\\$`])*"$/.test(word);
  return isQuoted ? word.slice(1, -1).replaceAll(/\\(["\\$`])/g, "$1") : command;
}

function toNetwork(host: string): AgentWish[] {
  return host === "" ? [] : [{ kind: "network", url: `https://${host}/` }];
}

/** Where files are changed, and where they go. */
function toPaths(changes: JsonValue | undefined): string[] {
  const all = Array.isArray(changes) ? changes.map((change) => toRecord(change) ?? {}) : [];
  return all
    .flatMap(({ path, kind }) => [toText(path), toText(toRecord(kind)?.["move_path"])])
    .filter((path) => path !== "");
}

const refusals: Readonly<Record<string, object>> = {
  "item/commandExecution/requestApproval": { decision: "decline" },
  "item/fileChange/requestApproval": { decision: "decline" },
  "item/permissions/requestApproval": { permissions: {}, scope: "turn" },
  "item/tool/requestUserInput": { answers: {} },
  [elicitation]: { action: "decline", content: null, _meta: null },
};
