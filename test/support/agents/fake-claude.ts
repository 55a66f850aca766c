import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { note, work } from "./fake-work.ts";

/*
 * Speaks as Claude Code 2.1 does in `-p --input-format stream-json --output-format stream-json`: one result for each
 * message on its stdin, until that is closed. A message "trap:<name> …" makes it fail as the real one was seen to.
 */

const args = process.argv.slice(2);
const flag = (name: string): string | undefined => args[args.indexOf(name) + 1];
const isResumed = args.includes("--resume");
const home = process.env["CLAUDE_CONFIG_DIR"] ?? join(process.env["HOME"] ?? "", ".claude");
const isFork = args.includes("--fork-session");
const sessionId = (isResumed && !isFork ? flag("--resume") : flag("--session-id")) ?? "";
const folder = join(home, "projects", "-fake");
const book = join(folder, `${sessionId}.jsonl`);

interface Book {
  turns: number;
  cost: number;
  input: number;
  output: number;
  said: string[];
}

const say = (record: object): void =>
  void process.stdout.write(`${JSON.stringify({ ...record, session_id: sessionId })}\n`);

function readBook(): Book {
  if (!isResumed && existsSync(book)) {
    process.stderr.write(`Error: Session ID ${sessionId} is already in use.\n`);
    process.exit(1);
  }
  const source = isFork ? (flag("--resume") ?? "") : book;
  if (isResumed && existsSync(source)) {
    const last = readFileSync(source, "utf8").trimEnd().split("\n").at(-1) ?? "{}";
    return (JSON.parse(last) as { book: Book }).book;
  }
  return { turns: 0, cost: 0, input: 0, output: 0, said: [] };
}

function assistant(state: Book, content: object[]): void {
  state.turns += 1;
  state.cost += 0.01;
  state.input += 100;
  state.output += 10;
  note({ kind: "bill", session: process.env["PROFCLAW_SESSION_ID"] ?? "", input: 100, output: 10 });
  // As the real one: a piece of the message at a time, and a usage that is not yet whole.
  for (const block of content) {
    const usage = {
      input_tokens: 60,
      cache_read_input_tokens: 40,
      cache_creation_input_tokens: 0,
      output_tokens: 1,
    };
    say({
      type: "assistant",
      parent_tool_use_id: null,
      message: { id: `msg_${state.turns}`, content: [block], usage },
    });
  }
}

function result(state: Book, text: string, more: object = {}): void {
  const { cost, input, output } = state;
  const model = {
    inputTokens: input * 0.6,
    cacheReadInputTokens: input * 0.4,
    cacheCreationInputTokens: 0,
    outputTokens: output,
  };
  const modelUsage = { "claude-sonnet-4-6": model };
  mkdirSync(folder, { recursive: true });
  const costs = { type: "cost-state", totalCostUSD: cost, modelUsage, book: state };
  appendFileSync(book, `${JSON.stringify(costs)}\n`);
  const totals = { total_cost_usd: cost, modelUsage };
  say({ type: "result", subtype: "success", is_error: false, result: text, ...totals, ...more });
}

const waiting = new Map<string, (answer: { behavior: string; message?: string }) => void>();
let asked = 0;

function answerControl(response: { request_id: string; response?: { behavior: string } }): void {
  waiting.get(response.request_id)?.(response.response ?? { behavior: "error" });
  waiting.delete(response.request_id);
}

/** As `--permission-prompt-tool stdio` does: its host says whether it may. */
function mayI(name: string, input: object): { id: string; answer: Promise<string> } {
  asked += 1;
  const id = `ask-${process.pid}-${asked}`;
  const answer = new Promise<string>((resolve) => {
    waiting.set(id, ({ behavior, message }) => resolve(message === undefined ? behavior : message));
  });
  const request = { subtype: "can_use_tool", tool_name: name, input, tool_use_id: `call-${asked}` };
  say({ type: "control_request", request_id: id, request });
  return { id, answer };
}

type Trap = (state: Book, text: string) => void | Promise<void>;

const traps: Readonly<Record<string, Trap>> = {
  "error-in-success": (state) => {
    assistant(state, [{ type: "text", text: "Invalid API key · Please run /login" }]);
    result(state, "Invalid API key · Please run /login", { is_error: true, api_error_status: 401 });
  },
  "exit-without-result": () => {
    process.stderr.write("the model does not exist\n");
    process.exit(1);
  },
  work: async (state, text) => {
    const worker = {
      session: sessionId,
      cwd: process.cwd(),
      env: process.env,
      done: [],
      save: () => undefined,
    };
    const said = await work(text, worker, (name) => {
      assistant(state, [{ type: "tool_use", id: name, name: "Read", input: { file_path: "a" } }]);
      const content = [{ type: "tool_result", tool_use_id: name, content: name }];
      return () => say({ type: "user", parent_tool_use_id: null, message: { content } });
    });
    assistant(state, [{ type: "text", text: said }]);
    result(state, said);
  },
  crash: (state) => {
    assistant(state, [{ type: "text", text: "so far" }]);
    process.stderr.write("out of memory\n");
    process.exit(3);
  },
  // "trap:late-exit 1500": so many ms later.
  "late-exit": async (state, text) => {
    await sleep(Number(/ (\d+)/.exec(text)?.[1] ?? 0));
    plain(state, "answered");
    process.exit(3);
  },
  silence: () => process.exit(0),
  "max-turns": (state) => {
    assistant(state, [{ type: "text", text: "so far" }]);
    result(state, "", { subtype: "error_max_turns", is_error: true });
  },
  budget: (state) => result(state, "", { subtype: "error_max_budget_usd", is_error: true }),
  garbage: (state) => {
    process.stdout.write('warning: not JSON\n{"half":\n[1,2]\n\n');
    say({ type: "a-kind-of-next-year", message: 7 });
    say({ type: "assistant", message: null });
    assistant(state, [{ type: "text", text: "through it all" }]);
    result(state, "through it all");
  },
  "long-line": (state) => {
    assistant(state, [{ type: "tool_use", id: "t1", name: "Read", input: {} }]);
    const content = [{ type: "tool_result", tool_use_id: "t1", content: "x".repeat(10_000_000) }];
    say({ type: "user", parent_tool_use_id: null, message: { content } });
    assistant(state, [{ type: "text", text: "read it all" }]);
    result(state, "read it all");
  },
  // "trap:slow 4000": so many ms go by in its tool.
  slow: async (state, text) => {
    assistant(state, [
      { type: "text", text: "looking" },
      { type: "tool_use", id: `t${state.turns}`, name: "Read", input: { file_path: "a" } },
    ]);
    await sleep(Number(/ (\d+)/.exec(text)?.[1] ?? 1_500));
    const content = [{ type: "tool_result", tool_use_id: `t${state.turns - 1}`, content: "a file" }];
    say({ type: "user", parent_tool_use_id: null, message: { content } });
    assistant(state, [{ type: "text", text: "slowly done" }]);
    result(state, "slowly done");
  },
  // "trap:gate /a/file": until that file is there.
  gate: async (state, text) => {
    const [, file = ""] = text.split(" ");
    while (!existsSync(file)) await sleep(20);
    assistant(state, [{ type: "text", text: "through the gate" }]);
    result(state, "through the gate");
  },
  // "trap:ask <command>", several of them by &&&: each asked for at once; what was said is the result.
  ask: async (state, text) => {
    const commands = text.slice("trap:ask ".length).split(" &&& ");
    const blocks = commands.map((command, at) => ({
      type: "tool_use",
      id: `call-${asked + at + 1}`,
      name: "Bash",
      input: { command },
    }));
    assistant(state, blocks);
    const answers = await Promise.all(commands.map((command) => mayI("Bash", { command }).answer));
    answers.forEach((answer, at) => {
      const content = [{ type: "tool_result", tool_use_id: blocks[at]?.id, content: answer }];
      say({ type: "user", parent_tool_use_id: null, message: { content } });
    });
    assistant(state, [{ type: "text", text: answers.join(" | ") }]);
    result(state, answers.join(" | "));
  },
  // Asks, and soon needs no answer any more.
  "ask-and-withdraw": async (state) => {
    const { id } = mayI("Bash", { command: "make" });
    await sleep(2_500);
    say({ type: "control_cancel_request", request_id: id });
    await sleep(500);
    assistant(state, [{ type: "text", text: "did without" }]);
    result(state, "did without");
  },
  "ask-and-die": async () => {
    void mayI("Bash", { command: "make" });
    await sleep(2_500);
    process.exit(3);
  },
  "ask-write": async (state, text) => {
    const file_path = text.split(" ")[1] ?? "";
    const said = await mayI("Write", { file_path, content: "x" }).answer;
    assistant(state, [{ type: "text", text: said }]);
    result(state, said);
  },
  "ask-host": async (state) => {
    asked += 1;
    const id = `host-${asked}`;
    const answer = new Promise<string>((resolve) => waiting.set(id, ({ behavior }) => resolve(behavior)));
    say({ type: "control_request", request_id: id, request: { subtype: "of-next-year" } });
    result(state, await answer);
  },
  // "trap:steps 9": so many calls of a tool, one after the other, 150 ms each.
  steps: async (state, text) => {
    const steps = Number(/ (\d+)/.exec(text)?.[1] ?? 3);
    for (let step = 0; step < steps; step += 1) {
      const id = `step-${step}`;
      assistant(state, [{ type: "tool_use", id, name: "Read", input: { file_path: "a" } }]);
      await sleep(150);
      const content = [{ type: "tool_result", tool_use_id: id, content: "a file" }];
      say({ type: "user", parent_tool_use_id: null, message: { content } });
    }
    assistant(state, [{ type: "text", text: "all steps done" }]);
    result(state, "all steps done");
  },
  // As a slow stream has it: the first tool has answered before the message's second call is said.
  "early-answer": (state) => {
    for (const id of ["one", "two"]) {
      assistant(state, [{ type: "tool_use", id, name: "Read", input: { file_path: id } }]);
      const content = [{ type: "tool_result", tool_use_id: id, content: "a file" }];
      say({ type: "user", parent_tool_use_id: null, message: { content } });
      if (id === "one") state.turns -= 1;
    }
    state.cost -= 0.01;
    state.input -= 100;
    state.output -= 10;
    assistant(state, [{ type: "text", text: "both read" }]);
    result(state, "both read");
  },
  shape: (state) => {
    assistant(state, [{ type: "text", text: "{}" }]);
    result(state, "{}", { structured_output: { verdict: "fine" } });
  },
  // Waits for a file "go", then asks its MCP server for what it would be greeted with.
  tools: async (state) => {
    assistant(state, [{ type: "tool_use", id: "t1", name: "Read", input: {} }]);
    while (!existsSync("go")) await sleep(50);
    const config = JSON.parse(flag("--mcp-config") ?? "{}") as { mcpServers: { profclaw: { url: string } } };
    const { url } = config.mcpServers.profclaw;
    const params = {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "c", version: "1" },
    };
    const answered = await fetch(url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${process.env["PROFCLAW_TOKEN"] ?? ""}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params }),
    }).catch((error: unknown) => ({ status: String(error) }));
    const text = `${new URL(url).port} answered ${answered.status}`;
    assistant(state, [{ type: "text", text }]);
    result(state, text);
  },
  surroundings: (state) => {
    const text = JSON.stringify({ args, env: process.env });
    assistant(state, [{ type: "text", text }]);
    result(state, text);
  },
};

async function hear(state: Book, text: string): Promise<void> {
  const trap = /^trap:([\w-]+)/.exec(text)?.[1] ?? "";
  await (traps[trap] ?? plain)(state, text);
}

function plain(state: Book, text: string): void {
  state.said.push(text.length > 1_000 ? `${text.length} characters` : text);
  assistant(state, [{ type: "text", text: `heard: ${state.said.join(" | ")}` }]);
  result(state, `heard: ${state.said.join(" | ")}`);
}

if (args[0] === "--version") {
  process.stdout.write("2.1.330 (Claude Code)\n");
} else {
  const state = readBook();
  say({ type: "system", subtype: "init", model: flag("--model"), mcp_servers: [] });
  let told = Promise.resolve();
  for await (const line of createInterface({ input: process.stdin })) {
    const { message, response } = JSON.parse(line) as {
      message?: { content: string };
      response?: { request_id: string };
    };
    if (response !== undefined) answerControl(response);
    else if (message !== undefined) told = told.then(() => hear(state, message.content));
  }
  await told;
}
