import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { text as readAll } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type KeptThread,
  type ThreadMemory,
  beginMemory,
  hear,
  loadThread,
  saveThread,
} from "./fake-threads.ts";
import { note, work } from "./fake-work.ts";

/*
 * Speaks as `codex exec --json` 0.169 does. Its first argument says what is wrong with its app-server: "none" (there is no
 * such command), "dies" (it exits at once), "mute" (it answers nothing), "brittle" (it greets, and dies at a thread). Threads are
 * kept in CODEX_HOME, with counts that go on.
 */

const [server = "none", ...args] = process.argv.slice(2);
const session = process.env["PROFCLAW_SESSION_ID"] ?? "";
const print = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

function leave(message: string, code = 1): never {
  process.stderr.write(`Error: ${message}\n`);
  process.exit(code);
}

function load(id: string): KeptThread {
  const kept = loadThread(id);
  if (kept !== undefined) return kept;
  leave(`thread/resume: thread/resume failed: no rollout found for thread id ${id} (code -32600)`);
}

let [items, threadId] = [0, ""];

function item(fields: object): void {
  print({ type: "item.completed", item: { id: `item_${items++}`, ...fields } });
}

function begin(command: string): (result: object) => void {
  const id = `item_${items++}`;
  const fields = { id, type: "command_execution", command, aggregated_output: "", exit_code: null };
  print({ type: "item.started", item: { ...fields, status: "in_progress" } });
  return (result) => print({ type: "item.completed", item: { ...fields, status: "completed", ...result } });
}

/** One call of its model: 1,000 tokens in, of which 400 from the cache, 100 out. */
function bill({ total }: ThreadMemory): void {
  note({ kind: "bill", session, input: 1_000, output: 100 });
  total.inputTokens += 1_000;
  total.cachedInputTokens += 400;
  total.outputTokens += 100;
}

function fail(message: string): never {
  print({ type: "error", message });
  print({ type: "turn.failed", error: { message } });
  process.exit(1);
}

type Trap = (thread: ThreadMemory, task: string) => string | Promise<string>;

const traps: Readonly<Record<string, Trap>> = {
  unauthorized: () => fail("unexpected status 401 Unauthorized: Incorrect API key"),
  limits: () => fail("exceeded retry limit, last status: 429 Too Many Requests"),
  body: () => fail('{"error":{"message":"no such model: gpt-1"}}'),
  retries: () => {
    print({ type: "error", message: "Reconnecting... 1/4 (stream disconnected)" });
    return "after all";
  },
  "exit-0": () => process.exit(0),
  "exit-1": () => leave("thread 'main' panicked", 101),
  work: (thread, task) => {
    const keep = (): void => saveThread(threadId, thread);
    const worker = { session, cwd: process.cwd(), env: process.env, done: thread.said, save: keep };
    return work(task, worker, (name) => {
      const done = begin("ls");
      return () => {
        done({ exit_code: 0, aggregated_output: name });
        bill(thread);
      };
    });
  },
  crash: () => {
    item({ type: "agent_message", text: "so far" });
    return leave("out of memory", 3);
  },
  // "trap:late-exit 1500": so many ms later.
  "late-exit": async (_thread, task) => {
    await sleep(Number(/ (\d+)/.exec(task)?.[1] ?? 0));
    process.exitCode = 3;
    return "answered";
  },
  garbage: () => {
    process.stdout.write('warning: not JSON\n{"half":\n[1,2]\n\n');
    print({ type: "next.year", item: 7 });
    print({ type: "item.completed", item: null });
    print({ type: "item.completed", item: { id: "x", type: "todo_list", items: [] } });
    return "through it all";
  },
  "long-line": (thread) => {
    begin("cat big")({ exit_code: 0, aggregated_output: "x".repeat(10_000_000) });
    bill(thread);
    return "read it all";
  },
  // "trap:slow 4000": so many ms go by in its tool.
  slow: async (thread, task) => {
    item({ type: "agent_message", text: "looking" });
    const done = begin("/bin/bash -lc ls");
    bill(thread);
    await sleep(Number(/ (\d+)/.exec(task)?.[1] ?? 1_500));
    done({ exit_code: 0, aggregated_output: "a file" });
    return "slowly done";
  },
  // A command that leaves its group.
  orphan: async (_thread, task) => {
    const [, marker = ""] = task.split(" ");
    spawn("/bin/sh", ["-c", `setsid sleep ${marker} & sleep ${marker}`], { detached: true }).unref();
    begin("sleep");
    await sleep(60_000);
    return "never";
  },
  tools: (thread) => {
    begin("false")({ exit_code: 1, aggregated_output: "no", status: "failed" });
    bill(thread);
    const call = { type: "mcp_tool_call", server: "profclaw", tool: "inbox", arguments: { a: 1 } };
    item({
      ...call,
      result: { content: [{ type: "text", text: "empty" }] },
      error: null,
      status: "completed",
    });
    bill(thread);
    const changes = [{ path: "/w/a.txt", kind: "add" }];
    item({ type: "file_change", changes, status: "completed" });
    bill(thread);
    item({ type: "reasoning", text: "it is done" });
    return "with three tools";
  },
  shape: () => '{"verdict":"fine"}',
  misshaped: () => '{"verdict":7}',
  surroundings: () => JSON.stringify({ env: process.env, args, schema: readSchema() }),
};

function readSchema(): unknown {
  const at = args.indexOf("--output-schema");
  return at === -1 ? null : JSON.parse(readFileSync(args[at + 1] ?? "", "utf8"));
}

async function exec(): Promise<void> {
  const how = args.find((one) => one === "resume" || one === "fork");
  const from = how === undefined ? undefined : args.at(-2);
  const task = await readAll(process.stdin);
  const source = from === undefined ? null : load(from);
  if (source?.isArchived === true) leave(`thread/resume failed: session ${from} is archived.`);
  const id = how === "resume" && from !== undefined ? from : randomUUID();
  threadId = id;
  const thread: ThreadMemory = source ?? beginMemory();
  print({ type: "thread.started", thread_id: id });
  item({ type: "error", message: "Model metadata for `x` not found. Defaulting to fallback metadata." });
  print({ type: "turn.started" });
  hear(thread, task);
  saveThread(id, thread);
  // Told to go on, it goes on with its work.
  const isOn = task.startsWith("Go on where you stopped");
  const told = (isOn ? thread.said.find((said) => said.startsWith("trap:work ")) : undefined) ?? task;
  const trap = traps[/^trap:([\w-]+)/.exec(told)?.[1] ?? ""];
  const answer = (await trap?.(thread, told)) ?? `heard: ${thread.said.join(" | ")}`;
  item({ type: "agent_message", text: answer });
  bill(thread);
  saveThread(id, thread);
  const { inputTokens, cachedInputTokens, outputTokens } = thread.total;
  const usage = {
    input_tokens: inputTokens,
    cached_input_tokens: cachedInputTokens,
    cache_write_input_tokens: 0,
    output_tokens: outputTokens,
    reasoning_output_tokens: 0,
  };
  print({ type: "turn.completed", usage });
}

/** As much of an app-server as there is. */
function serve(): void {
  if (server === "none") leave("unrecognized subcommand 'app-server'", 2);
  if (server === "dies") leave("it could not be started", 101);
  const lines = createInterface({ input: process.stdin }).on("close", () => process.exit(0));
  if (server !== "brittle") return;
  lines.on("line", (line) => {
    const { id, method } = JSON.parse(line) as { id?: string; method?: string };
    if (method === "initialize") print({ id, result: { userAgent: "profclaw/0.169.0" } });
    else if (id !== undefined) leave("thread 'main' panicked", 101);
  });
}

if (args[0] === "--version") process.stdout.write("codex-cli 0.169.0\n");
else if (args[0] === "app-server") serve();
else if (args[0] === "unarchive") saveThread(args[1] ?? "", load(args[1] ?? ""));
else if (args[0] === "exec") await exec();
else leave(`unrecognized subcommand '${args[0]}'`, 2);
