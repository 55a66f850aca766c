import { describe, expect, test } from "vitest";
import type { JournalEntry, JournalEvent } from "../../../src/core/journal.ts";
import { noUsage } from "../../../src/core/usage.ts";
import type { AcpWish } from "../../../src/runners/external/acp/acp-requests.ts";
import { readAcp } from "../../../src/runners/external/acp/read-acp.ts";
import type { AgentNews, OutputReader } from "../../../src/runners/external/driver.ts";
import { parseRecord, toRecord } from "../../../src/runners/external/json-record.ts";

const clean = { exitCode: 0, signal: null, notStarted: null, stopped: null, cutBytes: 0, endedAt: 0 };
const traits = { name: "fake", span: "conversation" as const, login: "Log in." };
const grants = { reads: "yes", writes: "yes", testRun: "yes", bash: "yes", network: "yes", rest: "yes" };

function begin(wish: Partial<AcpWish> = {}, journal: readonly JournalEvent[] = []): OutputReader {
  const session = { cwd: "/work", grants } as unknown as AcpWish["session"];
  const usual = { session, prompt: "do it", thread: null, model: null, mcpUrl: "http://h/mcp" };
  const given = { servers: [], missing: [] };
  const entries = journal.map((event, at) => ({ sessionId: "s", seq: at + 1, at, event })) as JournalEntry[];
  return readAcp({ ...usual, given, bridge: ["node", "bin", "mcp"], ...wish }, traits, entries);
}

const hear = (reader: OutputReader, ...messages: object[]): AgentNews[] =>
  messages.flatMap((message) =>
    reader.line({ text: JSON.stringify({ jsonrpc: "2.0", ...message }), droppedCharacters: 0 }),
  );

const update = (more: object, sessionId = "c1"): object => ({
  method: "session/update",
  params: { sessionId, update: more },
});
const chunk = (text: string): object =>
  update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text } });

/** What is written, by its id: the method and params, or the result. */
const writes = (news: readonly AgentNews[]): Record<string, unknown>[] =>
  news.flatMap((one) => (one.kind === "write" ? [{ key: one.id, ...parseRecord(one.text) }] : []));

const hello = { id: "initialize", result: { protocolVersion: 1, agentCapabilities: { loadSession: true } } };
const opened = { id: "session", result: { sessionId: "c1" } };
const answered = (id: string, more: object = {}): object => ({
  id,
  result: { stopReason: "end_turn", ...more },
});
const turnEnd = (costMicroUsd: number): JournalEvent => ({
  type: "turn-end",
  turn: 1,
  content: [],
  finish: "stop",
  usage: { ...noUsage, inputTokens: 100, outputTokens: 10 },
  costMicroUsd,
  price: null,
  durationMs: 1,
});

const told = (amount: unknown, currency: string): object =>
  update({ sessionUpdate: "usage_update", cost: { amount, currency } });
const request = (given: object[]): object => ({
  id: 0,
  method: "session/request_permission",
  params: {
    sessionId: "c1",
    options: given,
    toolCall: { toolCallId: "t", title: "rm -rf /", kind: "execute" },
  },
});

/** What is written first to an agent that takes MCP over HTTP, or does not, for these servers of the user's. */
function open(
  http: boolean,
  servers: AcpWish["given"]["servers"],
  more: Partial<AcpWish> = {},
): { reader: OutputReader; written: Record<string, unknown>[] } {
  const agentCapabilities = { loadSession: true, mcpCapabilities: { http } };
  const reader = begin({ given: { servers, missing: [] }, ...more });
  const result = { protocolVersion: 1, agentCapabilities };
  return { reader, written: writes(hear(reader, { id: "initialize", result })) };
}

describe("a conversation by ACP", () => {
  test("is led by what was answered, the same way however often it is read", () => {
    const lines = [hello, opened, chunk("hi"), answered("prompt-first")];
    const first = hear(begin(), ...lines);
    expect(hear(begin(), ...lines)).toEqual(first);
    expect(writes(first).map(({ key, method }) => [key, method])).toEqual([
      ["session", "session/new"],
      ["first", "session/prompt"],
    ]);
    expect(first.filter(({ kind }) => kind === "thread")).toEqual([{ kind: "thread", thread: "c1" }]);
    expect(first.at(-1)).toEqual({ kind: "idle" });
  });

  test("tells messages one after the other, also those that are said again before the first line", () => {
    const reader = begin();
    const said = [...(reader.say?.({ id: "m1", text: "one" }) ?? [])];
    const early = [...said, ...hear(reader, hello, opened, chunk("hi"), answered("prompt-first"))];
    const late = hear(reader, chunk("one!"), answered("prompt-m1"));
    expect(writes(early).map(({ key }) => key)).toEqual(["session", "first", "m1"]);
    expect(early.some(({ kind }) => kind === "idle")).toBe(false);
    expect(late.at(-1)).toEqual({ kind: "idle" });
    expect(writes(reader.say?.({ id: "m2", text: "two" }) ?? []).map(({ id }) => id)).toEqual(["prompt-m2"]);
  });

  test("keeps of an answer that does not end as much as an answer may have, and says how much more there was", () => {
    const reader = begin();
    hear(reader, hello, opened);
    const piece = chunk("x".repeat(1_000_000));
    const news = Array.from({ length: 40 }, () => hear(reader, piece)).flat();
    const turn = hear(reader, answered("prompt-first")).find(({ kind }) => kind === "turn");
    expect(news.filter(({ kind }) => kind === "live")).toHaveLength(40);
    expect(JSON.stringify(turn).length).toBeLessThan(8_400_000);
    const { outcome } = reader.end(clean, "");
    expect(outcome.text).toMatch(/x\n\[31611392 characters more were printed\]$/);
  });

  test("does not take what an agent tells of the past for what it says now", () => {
    const reader = begin({ thread: "c1", prompt: "more" });
    const modes = { modes: { currentModeId: "default", availableModes: [] } };
    const past = hear(reader, hello, chunk("old"), { id: "session", result: modes }, chunk("older"));
    expect(writes(past).map(({ key, method }) => [key, method])).toEqual([
      ["session", "session/load"],
      ["settle", "session/set_mode"],
    ]);
    const now = hear(reader, { id: "settle", result: {} }, chunk("new"), answered("prompt-first"));
    expect(reader.end(clean, "").outcome).toEqual({ kind: "completed", text: "new" });
    expect(now.filter(({ kind }) => kind === "turn")).toHaveLength(1);
  });

  test("books what its totals leave after earlier runs, and a prompt without an answer as unpriced", () => {
    const reader = begin({ thread: "c1" }, [turnEnd(30_000)]);
    const cost = update({ sessionUpdate: "usage_update", cost: { amount: 0.05, currency: "USD" } });
    const usage = { inputTokens: 150, outputTokens: 15, cachedReadTokens: 50 };
    const news = hear(
      reader,
      hello,
      { id: "session", result: {} },
      chunk("x"),
      cost,
      answered("prompt-first", { usage }),
    );
    expect(news.find(({ kind }) => kind === "turn")).toMatchObject({
      usage: { inputTokens: 100, outputTokens: 5, cacheReadTokens: 50 },
      costUsd: expect.closeTo(0.02, 9) as number,
    });
    const cut = begin();
    hear(cut, hello, opened, chunk("half"));
    const { news: rest, outcome } = cut.end({ ...clean, exitCode: null, stopped: "asked" }, "");
    expect(rest).toMatchObject([{ kind: "turn", costUsd: null }]);
    expect(outcome.text).toBe("half");
  });

  test("takes amounts that are none, or of another money, for none", () => {
    const reader = begin();
    const news = hear(
      reader,
      hello,
      opened,
      chunk("x"),
      told(3, "EUR"),
      told(-1, "USD"),
      told("9", "USD"),
      answered("prompt-first"),
    );
    expect(news.find(({ kind }) => kind === "turn")).toMatchObject({ costUsd: null });
  });

  test("asks leave for each call by itself, and the answer is once and never for ever", () => {
    const options = [
      { optionId: "always", kind: "allow_always" },
      { optionId: "yes", kind: "allow_once" },
      { optionId: "no", kind: "reject_once" },
    ];
    const outcomeOf = (kind: "allow" | "deny", given: object[]): unknown => {
      const reader = begin();
      const ask = hear(reader, hello, opened, request(given)).find((news) => news.kind === "ask");
      const line = reader.answer?.(ask?.id ?? "", kind === "allow" ? { kind } : { kind, reason: "no" }) ?? "";
      expect(parseRecord(line)).toMatchObject({ id: 0 });
      return toRecord(parseRecord(line)?.["result"])?.["outcome"];
    };
    expect(outcomeOf("allow", options)).toEqual({ outcome: "selected", optionId: "yes" });
    expect(outcomeOf("allow", options.slice(0, 1))).toEqual({ outcome: "cancelled" });
    expect(outcomeOf("deny", options)).toEqual({ outcome: "selected", optionId: "no" });
    const twice = hear(begin(), hello, opened, request(options), request(options));
    const ids = twice.flatMap((news) => (news.kind === "ask" ? [news.id] : []));
    expect(new Set(ids).size).toBe(2);
  });

  test("answers a request that is too long to be read with no: its agent would wait for ever", () => {
    const reader = begin();
    const text = `{"jsonrpc":"2.0","id":7,"method":"session/request_permission","params":{"x":"xxxx`;
    const [write] = writes(reader.line({ text, droppedCharacters: 5 }));
    expect(write).toMatchObject({ id: 7, result: { outcome: { outcome: "cancelled" } } });
    expect(reader.line({ text: `{"jsonrpc":"2.0","method":"session/update"`, droppedCharacters: 5 })).toEqual(
      [],
    );
  });

  test("waits for first words two minutes, for an answer as long as for any agent, and for its leaving seconds", () => {
    const reader = begin();
    expect(reader.patience?.()).toMatchObject({ ms: 120_000, fault: { code: "agent-no-answer" } });
    hear(reader, hello, opened);
    expect(reader.patience?.()).toBeNull();
    hear(reader, chunk("x"), answered("prompt-first"));
    expect(reader.patience?.()).toEqual({ ms: 3_000, fault: null });
  });

  test("is no command of the agent's own, whatever a task begins with", () => {
    for (const prompt of ["/extensions install x", "  $HOME", "!ls"]) {
      const params = writes(hear(begin({ prompt }), hello, opened)).at(-1)?.["params"];
      expect(toRecord(params)?.["prompt"]).toEqual([
        { type: "text", text: `This is to be done:\n${prompt}` },
      ]);
    }
  });

  test("is given the user's servers beside ours, and refuses by name one over HTTP that it can not take", () => {
    const files = { name: "files", command: "npx", args: ["x"], env: [{ name: "KEY", value: "k" }] };
    const github = { type: "http" as const, name: "github", url: "https://g/mcp", headers: [] };
    for (const more of [{}, { thread: "c1" }]) {
      const { written } = open(true, [files, github], more);
      const servers = toRecord(written[0]?.["params"])?.["mcpServers"];
      expect(servers).toMatchObject([{ name: "profclaw", type: "http" }, files, github]);
    }
    const stdio = toRecord(open(false, [files]).written[0]?.["params"])?.["mcpServers"];
    expect(stdio).toMatchObject([{ name: "profclaw", command: "node" }, files]);
    const { reader, written } = open(false, [files, github]);
    expect(written).toEqual([]);
    const { outcome } = reader.end(clean, "");
    expect(outcome).toMatchObject({ kind: "failed", fault: { code: "agent-lacks" } });
    expect(JSON.stringify(outcome)).toContain("github of your settings");
  });

  test("hears nothing that other conversations of the agent say", () => {
    const reader = begin();
    const foreign = update(
      { sessionUpdate: "agent_message_chunk", content: { type: "text", text: "no" } },
      "c2",
    );
    expect(hear(reader, hello, opened, foreign).filter(({ kind }) => kind === "live")).toEqual([]);
  });
});
