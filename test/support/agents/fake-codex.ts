import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Count,
  type ThreadMemory,
  beginMemory,
  forgetThread,
  hear,
  listTurns,
  loadThread,
  noCount,
  saveThread,
} from "./fake-threads.ts";
import { note, work } from "./fake-work.ts";

/*
 * Speaks as `codex app-server` 0.169 does: many threads, JSON-RPC lines both ways. A turn's text "trap:<name> …" makes
 * it fail as the real one was seen to. Threads are kept in CODEX_HOME, with counts that go on over resume and fork.
 */

type Params = Record<string, unknown>;

interface Thread extends ThreadMemory {
  id: string;
  opened: Params;
  /** The turn under way. */
  turn: { id: string; steered: string[]; isInterrupted: boolean } | null;
}

const threads = new Map<string, Thread>();
const answers = new Map<number, (result: Params) => void>();
let [asked, started] = [0, false];

const print = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`);
const notify = (method: string, params: object): void => print({ method, params, emittedAtMs: Date.now() });

/** While it is open here: it may have been left, and taken up elsewhere. */
function saveOpen(thread: Thread): void {
  if (threads.get(thread.id) === thread) saveThread(thread.id, thread);
}

/** Asks whoever drives us, as for an approval. */
function ask(method: string, params: object): Promise<Params> {
  asked += 1;
  const id = asked;
  print({ id, method, params });
  return new Promise((resolve) => answers.set(id, resolve));
}

function item(thread: Thread, phase: "started" | "completed", fields: object): void {
  notify(`item/${phase}`, { item: fields, threadId: thread.id, turnId: thread.turn?.id });
}

function saySo(thread: Thread, text: string): void {
  const message = { type: "agentMessage", id: `item_${randomUUID()}`, text };
  item(thread, "started", { ...message, text: "" });
  notify("item/agentMessage/delta", { threadId: thread.id, turnId: thread.turn?.id, delta: text });
  item(thread, "completed", message);
}

function tellCount(thread: Thread, last: Count, turnId = thread.turn?.id): void {
  notify("thread/tokenUsage/updated", {
    threadId: thread.id,
    turnId,
    tokenUsage: { total: thread.total, last, modelContextWindow: 258_400 },
  });
}

/** Of what its commands are started with. */
function toEnv({ opened }: Thread): NodeJS.ProcessEnv {
  const config = (opened["config"] ?? {}) as { shell_environment_policy?: { set?: Record<string, string> } };
  return { ...process.env, ...config.shell_environment_policy?.set };
}

/** One call of its model: 1,000 tokens in, of which 400 from the cache, 100 out. */
function bill(thread: Thread): void {
  const last = {
    ...noCount,
    totalTokens: 1_100,
    inputTokens: 1_000,
    cachedInputTokens: 400,
    outputTokens: 100,
  };
  const { total } = thread;
  note({ kind: "bill", session: toEnv(thread)["PROFCLAW_SESSION_ID"] ?? "", input: 1_000, output: 100 });
  for (const key of Object.keys(last) as (keyof Count)[]) total[key] += last[key];
  tellCount(thread, last);
}

function call(thread: Thread, more: object = {}): { id: string; done(result: object): void } {
  const fields = {
    type: "commandExecution",
    id: `call_${randomUUID()}`,
    command: "ls",
    cwd: "/",
    exitCode: null,
    ...more,
  };
  item(thread, "started", { ...fields, status: "inProgress" });
  return {
    id: fields.id,
    done: (result) => item(thread, "completed", { ...fields, status: "completed", ...result }),
  };
}

function end(thread: Thread, status: string, error: object | null = null): void {
  const id = thread.turn?.id;
  thread.turn = null;
  if (threads.get(thread.id) !== thread) return;
  saveOpen(thread);
  if (error !== null) notify("error", { error, willRetry: false, threadId: thread.id, turnId: id });
  notify("turn/completed", { threadId: thread.id, turn: { id, items: [], status, error } });
}

function fail(thread: Thread, message: string, codexErrorInfo: unknown): void {
  end(thread, "failed", { message, codexErrorInfo, additionalDetails: null });
}

async function untilInterrupted(thread: Thread, ms: number): Promise<void> {
  for (const until = Date.now() + ms; Date.now() < until && thread.turn?.isInterrupted !== true;)
    await sleep(20);
}

type Trap = (thread: Thread, text: string) => void | Promise<void>;

const traps: Readonly<Record<string, Trap>> = {
  unauthorized: (thread) =>
    fail(thread, "unexpected status 401 Unauthorized: Incorrect API key", "unauthorized"),
  limits: (thread) => fail(thread, "exceeded retry limit, last status: 429", "rateLimitExceeded"),
  window: (thread) => fail(thread, "Your input exceeds the context window", "contextWindowExceeded"),
  body: (thread) => fail(thread, '{"error":{"message":"no such model: gpt-1"}}', "modelNotFound"),
  // It tries again by itself, and then it goes well.
  retries: (thread) => {
    const error = { message: "stream disconnected", codexErrorInfo: "other", additionalDetails: null };
    notify("error", { error, willRetry: true, threadId: thread.id, turnId: thread.turn?.id });
    plain(thread, "after all");
  },
  "exit-0": () => process.exit(0),
  "exit-1": () => {
    process.stderr.write("thread 'main' panicked\n");
    process.exit(101);
  },
  work: async (thread, text) => {
    const env = toEnv(thread);
    const session = env["PROFCLAW_SESSION_ID"] ?? "";
    const cwd = String(thread.opened["cwd"]);
    const { turn } = thread;
    const isOver = (): boolean => turn?.isInterrupted === true;
    const worker = { session, cwd, env, done: thread.said, save: () => saveOpen(thread), isOver };
    const said = await work(text, worker, (name) => {
      const command = call(thread);
      return () => {
        command.done({ exitCode: 0, aggregatedOutput: name });
        bill(thread);
      };
    });
    if (isOver()) end(thread, "interrupted");
    else plain(thread, said);
  },
  // Its recorder sees nothing of what it does.
  unseen: (thread) => {
    saveThread(thread.id, thread);
    process.kill(process.ppid, "SIGSTOP");
    appendFileSync(join(String(thread.opened["cwd"]), "unseen.txt"), "once\n");
  },
  // It dies, once, before it has kept anything.
  forgets: (thread) => {
    const mark = join(String(thread.opened["cwd"]), "forgotten");
    if (existsSync(mark)) return plain(thread);
    appendFileSync(mark, "");
    forgetThread(thread.id);
    process.exit(3);
  },
  crash: () => {
    process.stderr.write("out of memory\n");
    process.exit(3);
  },
  // "trap:late-exit 1500": so many ms later.
  "late-exit": async (thread, text) => {
    await sleep(Number(/ (\d+)/.exec(text)?.[1] ?? 0));
    plain(thread, "answered");
    process.exit(3);
  },
  garbage: (thread) => {
    process.stdout.write('warning: not JSON\n{"half":\n[1,2]\n\n');
    print({ method: "next/year", params: 7 });
    print({ method: "item/completed", params: { threadId: thread.id, item: null } });
    print({ id: 77, result: {} });
    plain(thread, "through it all");
  },
  "long-line": (thread) => {
    const command = call(thread);
    command.done({ exitCode: 0, aggregatedOutput: "x".repeat(10_000_000) });
    bill(thread);
    plain(thread, "read it all");
  },
  // "trap:slow 4000": so many ms go by in its tool.
  slow: async (thread, text) => {
    saySo(thread, "looking");
    const command = call(thread);
    bill(thread);
    await untilInterrupted(thread, Number(/ (\d+)/.exec(text)?.[1] ?? 1_500));
    if (thread.turn?.isInterrupted === true) return end(thread, "interrupted");
    command.done({ exitCode: 0, aggregatedOutput: "a file" });
    const heard = thread.turn?.steered.splice(0) ?? [];
    thread.said.push(...heard);
    plain(thread, ["slowly done", ...heard].join(" | "));
  },
  // Call after call.
  costly: async (thread) => {
    for (let calls = 0; calls < 60 && thread.turn?.isInterrupted !== true; calls += 1) {
      const command = call(thread);
      bill(thread);
      command.done({ exitCode: 0, aggregatedOutput: "" });
      await sleep(100);
    }
    plain(thread, "spent it all");
  },
  // A command that outlives the turn's interruption, and leaves its group.
  orphan: async (thread, text) => {
    const [, marker = ""] = text.split(" ");
    const env = toEnv(thread);
    spawn("/bin/sh", ["-c", `setsid sleep ${marker} & sleep ${marker}`], { env, detached: true }).unref();
    call(thread);
    bill(thread);
    await untilInterrupted(thread, 60_000);
    end(thread, "interrupted");
  },
  asks: async (thread) => {
    const about = { threadId: thread.id, turnId: thread.turn?.id, itemId: "i1" };
    const command = await ask("item/commandExecution/requestApproval", {
      ...about,
      command: "/bin/bash -lc 'rm -rf x'",
    });
    const changes = [{ path: "/etc/made-by-codex", kind: { type: "add" }, diff: "x" }];
    item(thread, "started", { type: "fileChange", id: "i2", changes });
    const change = await ask("item/fileChange/requestApproval", { ...about, itemId: "i2" });
    const unknown = await ask("item/fileChange/requestApproval", { ...about, itemId: "i3" });
    const more = await ask("item/permissions/requestApproval", about);
    const form = await ask("mcpServer/elicitation/request", { ...about, serverName: "x", mode: "form" });
    const other = await ask("item/tool/call", about);
    plain(
      thread,
      JSON.stringify([
        command["decision"],
        change["decision"],
        unknown["decision"],
        more,
        form["action"],
        other,
      ]),
    );
  },
  // As the real one asks leave for a tool of a user's server.
  server: async (thread) => {
    const { opened, id: threadId, turn } = thread;
    const [name = "none"] = Object.keys((opened["config"] as Record<string, object>)["mcp_servers"] ?? {});
    item(thread, "started", { type: "mcpToolCall", id: "i9", server: name, tool: "echo", arguments: {} });
    const answer = await ask("mcpServer/elicitation/request", {
      threadId,
      turnId: turn?.id,
      serverName: name,
      mode: "form",
      _meta: { codex_approval_kind: "mcp_tool_call", tool_name: "echo", tool_params: { word: "hello" } },
      requestedSchema: { type: "object", properties: {} },
    });
    plain(thread, JSON.stringify(answer));
  },
  threads: (thread) => plain(thread, `${threads.size} open`),
  shape: (thread) => plain(thread, '{"verdict":"fine"}'),
  misshaped: (thread) => plain(thread, '{"verdict":7}'),
  surroundings: (thread) =>
    plain(
      thread,
      JSON.stringify({
        opened: thread.opened,
        env: process.env,
        args: process.argv.slice(2),
        pid: process.pid,
      }),
    ),
};

function plain(thread: Thread, text?: string): void {
  const said = text ?? `heard: ${thread.said.join(" | ")}`;
  saySo(thread, said);
  bill(thread);
  end(thread, "completed");
}

async function takeTurn(thread: Thread, text: string): Promise<void> {
  // Told to go on, it goes on with its work.
  const isOn = text.startsWith("Go on where you stopped");
  const task = (isOn ? thread.said.find((said) => /^trap:(?:work|exit-\d)\b/.test(said)) : undefined) ?? text;
  const trap = traps[/^trap:([\w-]+)/.exec(task)?.[1] ?? ""];
  hear(thread, text);
  await (trap ?? ((one) => plain(one)))(thread, task);
}

function open(id: unknown, opened: Params, known: ThreadMemory & Pick<Thread, "id">): Thread {
  const thread = { ...known, opened, turn: null };
  threads.set(thread.id, thread);
  const turns = opened["excludeTurns"] === false ? listTurns(thread) : [];
  print({
    id,
    result: { thread: { id: thread.id, status: { type: "idle" }, turns }, model: opened["model"] },
  });
  return thread;
}

const methods: Readonly<Record<string, (id: unknown, params: Params) => void>> = {
  initialize: (id) => {
    started = true;
    print({ id, result: { userAgent: "profclaw/0.169.0", codexHome: process.env["CODEX_HOME"] ?? "" } });
  },
  "thread/start": (id, params) => {
    if (params["model"] === "no-such-model") {
      return print({ id, error: { code: -32600, message: "no such model: no-such-model" } });
    }
    open(id, params, { id: randomUUID(), ...beginMemory() });
  },
  "thread/resume": (id, params) => {
    const threadId = String(params["threadId"]);
    const known = loadThread(threadId);
    if (known === undefined) return print({ id, error: { code: -32600, message: "no rollout found" } });
    if (known.isArchived) return print({ id, error: { code: -32600, message: "it is archived" } });
    const thread = open(id, params, { id: threadId, ...known });
    // As the real one: what was counted before, under a turn of before.
    if (known.total.totalTokens > 0) tellCount(thread, noCount, "an-earlier-turn");
  },
  "thread/fork": (id, params) => {
    const known = loadThread(String(params["threadId"]));
    if (known === undefined) return print({ id, error: { code: -32600, message: "no rollout found" } });
    open(id, params, { id: randomUUID(), ...known });
  },
  // As the real one: its turn and its commands end with it.
  "thread/archive": (id, params) => {
    const threadId = String(params["threadId"]);
    const thread = threads.get(threadId);
    if (thread?.turn != null) thread.turn.isInterrupted = true;
    threads.delete(threadId);
    const known = thread ?? loadThread(threadId);
    if (known !== undefined) saveThread(threadId, known, true);
    print({ id, result: {} });
  },
  "thread/unarchive": (id, params) => {
    const threadId = String(params["threadId"]);
    const known = loadThread(threadId);
    if (known?.isArchived !== true) {
      return print({ id, error: { code: -32600, message: "no archived rollout found" } });
    }
    saveThread(threadId, known);
    print({ id, result: {} });
  },
  "turn/start": (id, params) => {
    const thread = threads.get(String(params["threadId"]));
    if (thread === undefined) return print({ id, error: { code: -32600, message: "thread not found" } });
    const [input] = params["input"] as { text: string }[];
    const text = input?.text ?? "";
    const running = thread.turn;
    const turn = running ?? { id: randomUUID(), steered: [], isInterrupted: false };
    thread.turn = turn;
    saveThread(thread.id, thread);
    print({ id, result: { turn: { id: turn.id, status: "inProgress", items: [] } } });
    if (running === null) void takeTurn(thread, text);
    else running.steered.push(text);
  },
  "turn/interrupt": (id, params) => {
    const turn = threads.get(String(params["threadId"]))?.turn ?? null;
    if (turn !== null && turn.id === params["turnId"]) turn.isInterrupted = true;
    print({ id, result: {} });
  },
};

function obey(line: string): void {
  const message = JSON.parse(line) as { id?: unknown; method?: string; params?: Params; result?: Params };
  if (message.method === undefined) {
    answers.get(message.id as number)?.(message.result ?? { refused: true });
    return;
  }
  if (message.id === undefined) return;
  if (!started && message.method !== "initialize") {
    print({ id: message.id, error: { code: -32600, message: "Not initialized" } });
    return;
  }
  methods[message.method]?.(message.id, message.params ?? {});
}

if (process.argv[2] === "--version") {
  process.stdout.write(`codex-cli ${process.env["FAKE_CODEX_VERSION"] ?? "0.169.0"}\n`);
} else {
  createInterface({ input: process.stdin })
    .on("line", obey)
    .on("close", () => process.exit(0));
}
