import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { note, work } from "./fake-work.ts";
import { keepWhole } from "./keep-whole.ts";

/*
 * Speaks the Agent Client Protocol (version 1) as gemini 0.61 and opencode 1.18 do. Its arguments switch what it offers
 * and how it fails before a prompt; a prompt "trap:<name> …" makes it fail as real ones were seen to.
 */

type Json = Record<string, unknown>;

const args = process.argv.slice(2);
const has = (flag: string): boolean => args.includes(flag);
const home = join(process.env["FAKE_ACP_HOME"] ?? process.env["PROFCLAW_HOME"] ?? "/tmp", "fake-acp");
const answers = new Map<string | number, (answer: Json) => void>();

const write = (message: object): void =>
  void process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);

interface Conversation {
  id: string;
  said: string[];
  cost: number;
  input: number;
  output: number;
}

let open: Conversation = { id: "", said: [], cost: 0, input: 0, output: 0 };
let [asked, calls] = [0, 0];
let [busy, mcpServers]: [boolean, unknown] = [false, []];
const broken = new AbortController();

const update = (more: object): void =>
  write({ method: "session/update", params: { sessionId: open.id, update: more } });
const say = (text: string, kind = "agent_message_chunk"): void => {
  for (const half of [text.slice(0, text.length / 2), text.slice(text.length / 2)])
    update({ sessionUpdate: kind, content: { type: "text", text: half } });
};

function ask(method: string, params: Json): Promise<Json> {
  const id = asked;
  asked += 1;
  write({ id, method, params: { sessionId: open.id, ...params } });
  return new Promise((resolve) => answers.set(id, resolve));
}

/** As gemini does: the request for leave is the first that is heard of the call. */
async function callWithLeave(kind: string, title: string, act: () => string): Promise<boolean> {
  calls += 1;
  const toolCallId = `tool_${kind}__${calls}`;
  const options = [
    { optionId: "for-ever", name: "Always", kind: "allow_always" },
    { optionId: "once", name: "Allow", kind: "allow_once" },
    { optionId: "no", name: "Reject", kind: "reject_once" },
  ];
  const toolCall = { toolCallId, title, kind, status: "pending", rawInput: { command: title }, content: [] };
  const answer = await ask("session/request_permission", { options, toolCall });
  const outcome = ((answer["result"] ?? {}) as Json)["outcome"] as Json | undefined;
  if (outcome?.["optionId"] === "for-ever") throw new Error("a yes for ever was given");
  const isAllowed = outcome?.["optionId"] === "once";
  const content = [{ type: "content", content: { type: "text", text: isAllowed ? act() : "refused" } }];
  update({
    sessionUpdate: "tool_call_update",
    toolCallId,
    status: isAllowed ? "completed" : "failed",
    content,
  });
  return isAllowed;
}

type End = { stopReason: string; more?: Json } | { error: Json };
type Trap = (text: string) => End | Promise<End>;

const end = (stopReason = "end_turn"): End => ({ stopReason });

const traps: Readonly<Record<string, Trap>> = {
  // "trap:leave touch a": the command that it asks leave for.
  leave: async (text) => {
    say("I will run it");
    const command = text.replace(/^trap:leave ?/, "") || "echo hi";
    const isAllowed = await callWithLeave("execute", command, () => "done");
    say(isAllowed ? "it ran" : "it was refused");
    return end();
  },
  // Asks leave for a tool of a user's server, under the name that opencode gives it.
  server: async () => {
    const toolCall = { toolCallId: "call_s", title: "words_echo", kind: "other", status: "pending" };
    const options = [{ optionId: "once", name: "Allow", kind: "allow_once" }];
    const answer = await ask("session/request_permission", { options, toolCall });
    const outcome = ((answer["result"] ?? {}) as Json)["outcome"] as Json | undefined;
    say(outcome?.["optionId"] === "once" ? "it was let through" : "it was refused");
    return end();
  },
  // As opencode does: the call first, and its input later.
  tool: () => {
    say("hm", "agent_thought_chunk");
    say("I look");
    const call = { toolCallId: "call_1", kind: "read" };
    update({ sessionUpdate: "tool_call", ...call, title: "read", status: "pending", rawInput: {} });
    update({ sessionUpdate: "tool_call_update", ...call, status: "in_progress", rawInput: { path: "a" } });
    const content = [{ type: "content", content: { type: "text", text: "a file" } }];
    update({ sessionUpdate: "tool_call_update", toolCallId: "call_1", status: "completed", content });
    update({ sessionUpdate: "plan", entries: [{ content: "look", status: "completed", priority: "low" }] });
    say("I have looked");
    return end();
  },
  // A blocked or broken answer, as gemini tells it.
  nothing: () => {
    process.stderr.write("Error: the stream broke\n");
    return end();
  },
  refusal: () => (say("no"), end("refusal")),
  "max-tokens": () => (say("half"), end("max_tokens")),
  "max-turns": () => (say("so far"), end("max_turn_requests")),
  cancelled: () => end("cancelled"),
  error: () => ({ error: { code: 500, message: "the model fell over", data: { details: "at call 1" } } }),
  unauthorized: () => ({
    error: { code: -32_603, message: "Internal error", data: { details: "401 Unauthorized" } },
  }),
  exit: () => process.exit(0),
  work: async (text) => {
    const session = process.env["PROFCLAW_SESSION_ID"] ?? "";
    const worker = { session, cwd: process.cwd(), env: process.env, done: [], save: () => undefined };
    const said = await work(text, worker, (name) => {
      const call = { toolCallId: name, kind: "read" };
      update({ sessionUpdate: "tool_call", ...call, title: "read", status: "pending", rawInput: {} });
      const content = [{ type: "content", content: { type: "text", text: name } }];
      const done = { sessionUpdate: "tool_call_update", toolCallId: name, status: "completed", content };
      return () => update(done);
    });
    say(said);
    return end();
  },
  crash: () => (process.stderr.write("out of memory\n"), process.exit(3)),
  // "trap:late-exit 1500": so many ms later.
  "late-exit": async (text) => {
    await sleep(Number(/ (\d+)/.exec(text)?.[1] ?? 0));
    say("answered");
    setImmediate(() => process.exit(3));
    return end();
  },
  silence: () => new Promise<never>(() => undefined),
  garbage: () => {
    process.stdout.write('loading…\n{"half":\n[1,2]\n\n{"jsonrpc":"2.0","method":"x/unknown"}\n');
    process.stdout.write("debug: ");
    say("through it all");
    update({ sessionUpdate: "of_next_year", content: 7 });
    write({ id: "nobody-asked", result: {} });
    return end();
  },
  "long-line": () => {
    say("I read");
    update({ sessionUpdate: "tool_call", toolCallId: "big", title: "read", kind: "read", status: "pending" });
    const content = [{ type: "content", content: { type: "text", text: "x".repeat(10_000_000) } }];
    update({ sessionUpdate: "tool_call_update", toolCallId: "big", status: "completed", content });
    say("read it all");
    return end();
  },
  // Too long to be read: it waits for its answer all the same.
  "long-ask": async () => {
    const isAllowed = await callWithLeave("edit", "x".repeat(13_000_000), () => "written");
    say(isAllowed ? "written" : "not written");
    return end();
  },
  "foreign-request": async () => {
    const answer = await ask("fs/read_text_file", { path: "/etc/passwd" });
    say(`told: ${JSON.stringify(answer["error"] ?? answer["result"])}`);
    return end();
  },
  "own-usage": () => {
    say("counted");
    return {
      stopReason: "end_turn",
      more: { usage: { inputTokens: 70, outputTokens: 7, cachedReadTokens: 30 } },
    };
  },
  // "trap:slow 4000": so many ms go by in its tool.
  slow: async (text) => {
    say("looking");
    update({
      sessionUpdate: "tool_call",
      toolCallId: "slow",
      title: "read",
      kind: "read",
      status: "in_progress",
    });
    const until = Date.now() + Number(/ (\d+)/.exec(text)?.[1] ?? 1_500);
    while (Date.now() < until && !broken.signal.aborted) await sleep(20);
    if (broken.signal.aborted) return end("cancelled");
    update({ sessionUpdate: "tool_call_update", toolCallId: "slow", status: "completed", content: [] });
    say("slowly done");
    return end();
  },
  // Leaves a grandchild in a session of its own behind.
  orphan: async () => {
    spawn("sh", ["-c", "setsid sleep 600"], { stdio: "ignore", detached: true });
    say("started something");
    await sleep(60_000);
    return end();
  },
  surroundings: () => {
    say(JSON.stringify({ args, env: process.env, mcpServers }));
    return end();
  },
};

function plain(text: string): End {
  open.said.push(text.length > 1_000 ? `${text.length} characters` : text);
  say(`heard: ${open.said.join(" | ")}`);
  return end();
}

/** What it used: as gemini tells it, as opencode does, or not at all. */
function toBill(): Json {
  note({ kind: "bill", session: process.env["PROFCLAW_SESSION_ID"] ?? "", input: 100, output: 10 });
  open.cost += 0.01;
  if (has("--costs")) {
    const cost = { amount: open.cost, currency: "USD" };
    update({ sessionUpdate: "usage_update", used: 110, size: 1_000, cost });
    // From the conversation's start on.
    open.input += 100;
    open.output += 10;
    return { usage: { inputTokens: open.input, outputTokens: open.output } };
  }
  if (!has("--quota")) return {};
  const count = { input_tokens: 100, output_tokens: 10 };
  const usage = [{ model: "gemini-2.5-pro", token_count: count }];
  return { _meta: { quota: { token_count: count, model_usage: usage } } };
}

async function prompt(id: string, params: Json): Promise<void> {
  const [block] = params["prompt"] as [{ text: string }];
  // As gemini: a second prompt breaks the first one off.
  if (busy) broken.abort();
  busy = true;
  const ended = await (traps[/^trap:([\w-]+)/.exec(block.text)?.[1] ?? ""] ?? plain)(block.text);
  busy = false;
  if ("error" in ended) {
    write({ id, error: ended.error });
    return;
  }
  const bill = { ...toBill(), ...ended.more };
  mkdirSync(home, { recursive: true });
  keepWhole(join(home, `${open.id}.json`), open);
  write({ id, result: { stopReason: ended.stopReason, ...bill } });
}

function toModels(): Json {
  if (!has("--models")) return {};
  const availableModels = ["small", "large"].map((modelId) => ({ modelId, name: modelId }));
  return { models: { currentModelId: "small", availableModels }, modes: { currentModeId: "default" } };
}

function initialize(id: string): void {
  if (has("--mute")) return;
  if (has("--gone")) process.exit(0);
  const isNoisy = has("--noisy");
  if (isNoisy) process.stdout.write("Welcome!\nLoading extensions… ");
  const http = !has("--stdio-mcp");
  const agentCapabilities = { loadSession: !has("--forgetful"), mcpCapabilities: { http } };
  const result = { protocolVersion: has("--old") ? 0 : 1, agentCapabilities, agentInfo: { name: "fake" } };
  write({ id, result });
}

function openNew(id: string, params: Json): void {
  if (has("--locked")) {
    write({ id, error: { code: -32_000, message: "Authentication required" } });
    return;
  }
  ({ mcpServers } = params);
  open.id = `conversation-${process.pid}`;
  write({ id, result: { sessionId: open.id, ...toModels() } });
}

function load(id: string, params: Json): void {
  ({ mcpServers } = params);
  const book = join(home, `${String(params["sessionId"])}.json`);
  if (!existsSync(book)) {
    write({ id, error: { code: -32_002, message: "no such session" } });
    return;
  }
  open = JSON.parse(readFileSync(book, "utf8")) as Conversation;
  say("what was said before");
  write({ id, result: { modes: { currentModeId: "default" }, ...toModels() } });
  // As gemini: it goes on telling the past for a while.
  say("and before that");
}

function setModel(id: string, params: Json): void {
  open.said.push(`model ${String(params["modelId"])}`);
  write({ id, result: {} });
}

const methods: Readonly<Record<string, (id: string, params: Json) => void | Promise<void>>> = {
  initialize,
  "session/new": openNew,
  "session/load": load,
  "session/prompt": prompt,
  "session/set_model": setModel,
  "session/set_mode": (id) => write({ id, result: {} }),
  "session/cancel": () => {
    broken.abort();
    writeFileSync(join(process.cwd(), "cancelled.txt"), "by the protocol");
  },
};

if (args[0] === "--version") {
  process.stdout.write("fake 1.0\n");
} else {
  if (has("--stays")) setInterval(() => undefined, 1_000);
  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line) as Json & { id: string; method?: string; params?: Json };
    if (message.method === undefined) answers.get(message.id)?.(message);
    else void methods[message.method]?.(message.id, message.params ?? {});
  }
}
