import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Json } from "../support/model-server/reply.ts";
import {
  type ModelServer,
  playReplies,
  startModelServer,
} from "../support/model-server/start-model-server.ts";

// The server stands in for the real APIs in all tests: so it must refuse what they refuse.

let server: ModelServer;

beforeEach(async () => {
  server = await startModelServer({ script: () => ({ text: "fine" }) });
});
afterEach(async () => {
  await server.close();
});

async function post(path: string, body: Json, headers: Record<string, string> = {}): Promise<Response> {
  return await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", ...headers },
    body: JSON.stringify(body),
  });
}

const key = { "x-api-key": "k", authorization: "Bearer k" };
const user = (text: string): Json => ({ role: "user", content: text });
const assistant = (...content: Json[]): Json => ({ role: "assistant", content });
const results = (...ids: string[]): Json => ({
  role: "user",
  content: ids.map((id) => ({ type: "tool_result", tool_use_id: id, content: "r" })),
});
const use = (id: string, input: Json = {}): Json => ({ type: "tool_use", id, name: "t", input });

const toBody = (messages: Json[], more: Record<string, Json> = {}): Json => ({
  model: "m",
  max_tokens: 10,
  stream: true,
  messages,
  ...more,
});
const chatCall = (id: string, json = "{}"): Json => ({
  id,
  type: "function",
  function: { name: "t", arguments: json },
});
const chatAnswer = (id: string): Json => ({ role: "tool", tool_call_id: id, content: "r" });
const calling = (...calls: Json[]): Json => ({ role: "assistant", content: null, tool_calls: calls });

describe("a Messages request is refused", () => {
  test.each<[string, Json, RegExp]>([
    ["without max_tokens", { model: "m", messages: [user("a")] }, /max_tokens/],
    ["without messages", toBody([]), /at least one message/],
    ["if roles do not alternate", toBody([user("a"), user("b")]), /roles must alternate/],
    [
      "if it ends with the assistant",
      toBody([user("a"), assistant({ type: "text", text: "b" })]),
      /last message/,
    ],
    ["if a text is blank", toBody([user("  ")]), /non-whitespace/],
    ["if a call has no result", toBody([user("a"), assistant(use("x")), user("b")]), /x has no result/],
    [
      "if one of two results is missing",
      toBody([user("a"), assistant(use("x"), use("y")), results("x")]),
      /y has no/,
    ],
    [
      "if a result answers nothing",
      toBody([user("a"), assistant(use("x")), results("x", "z")]),
      /z answers no call/,
    ],
    [
      "if a call is answered twice",
      toBody([user("a"), assistant(use("x")), results("x", "x")]),
      /answered twice/,
    ],
    [
      "if an id is used twice",
      toBody([user("a"), assistant(use("x"), use("x")), results("x")]),
      /must be unique/,
    ],
    [
      "if a tool's input is no object",
      toBody([user("a"), assistant(use("x", "s")), results("x")]),
      /valid dictionary/,
    ],
    [
      "if a tool's name is not legal",
      toBody([user("a")], { tools: [{ name: "a b", input_schema: { type: "object" } }] }),
      /not legal/,
    ],
    [
      "if a schema is no object",
      toBody([user("a")], { tools: [{ name: "a", input_schema: { type: "string" } }] }),
      /type object/,
    ],
    [
      "if a required property does not exist",
      toBody([user("a")], { tools: [{ name: "a", input_schema: { type: "object", required: ["p"] } }] }),
      /no property/,
    ],
    [
      "if there are five cache marks",
      toBody([
        {
          role: "user",
          content: [1, 2, 3, 4, 5].map((n) => ({
            type: "text",
            text: `${n}`,
            cache_control: { type: "ephemeral" },
          })),
        },
      ]),
      /maximum of 4/,
    ],
  ])("%s", async (_, body, expected) => {
    const response = await post("/v1/messages", body, key);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(expected);
    expect(server.violations.join()).toMatch(expected);
  });

  test("without a key, and that is no violation of the wire", async () => {
    expect((await post("/v1/messages", toBody([user("a")]))).status).toBe(401);
    expect(server.violations).toEqual([]);
  });

  test("if thinking does not come back as it was given before its tool call", async () => {
    server.setScript(playReplies({ thinking: "deep", toolCalls: [{ name: "t", id: "x" }] }, { text: "ok" }));
    const stream = await (await post("/v1/messages", toBody([user("a")]), key)).text();
    const signature = /"signature":"(sig-[^"]+)"/.exec(stream)?.[1] ?? "";
    const echo = (thinking: Json[]): Json =>
      toBody([user("a"), assistant(...thinking, use("x")), results("x")]);
    const block = { type: "thinking", thinking: "deep", signature };
    for (const wrong of [[], [{ ...block, thinking: "dee" }], [block, block]]) {
      expect((await post("/v1/messages", echo(wrong), key)).status).toBe(400);
    }
    expect((await post("/v1/messages", echo([block]), key)).status).toBe(200);
  });
});

describe("a chat request is refused", () => {
  test.each<[string, Json[], RegExp]>([
    ["if a call has no answer", [user("a"), calling(chatCall("x")), user("b")], /x has no result/],
    ["if an answer has no call", [user("a"), chatAnswer("x")], /must follow tool_calls/],
    [
      "if arguments are not JSON",
      [user("a"), calling(chatCall("x", "{")), chatAnswer("x")],
      /not a JSON object/,
    ],
    [
      "if an id is used twice",
      [user("a"), calling(chatCall("x"), chatCall("x")), chatAnswer("x")],
      /must be unique/,
    ],
    [
      "if the assistant says nothing",
      [user("a"), { role: "assistant", content: "" }, user("b")],
      /needs content/,
    ],
  ])("%s", async (_, messages, expected) => {
    const response = await post("/v1/chat/completions", { model: "m", messages }, key);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(expected);
  });
});

test("what was given out is booked once, and only when it was given whole", async () => {
  const usage = { inputTokens: 100, outputTokens: 5, cacheReadTokens: 60, cacheWriteTokens: 10 };
  server.setScript(
    playReplies({ usage }, { usage, cutAfterChunks: 2 }, { status: 500 }, { usage, hang: true }),
  );
  const body = { model: "m", max_tokens: 1, messages: [user("a")] };
  await (await post("/v1/messages", body, key)).text();
  await post("/v1/messages", body, key)
    .then((response) => response.text())
    .catch(() => {});
  await (await post("/v1/messages", body, key)).text();
  expect(server.tokensGiven()).toEqual({ m: { calls: 1, ...usage } });
});

test("requests in flight are counted, and the most of them", async () => {
  server.setScript(() => ({ text: "x", delayMs: 60 }));
  const body = { model: "m", max_tokens: 1, messages: [user("a")] };
  await Promise.all([1, 2, 3, 4].map(async () => (await post("/v1/messages", body, key)).text()));
  expect(server.maxConcurrent).toBe(4);
  expect(server.inFlight).toBe(0);
  expect(server.requests.map((request) => request.outcome)).toEqual(
    Array.from({ length: 4 }, () => "answered"),
  );
});

test("it runs as a process of its own and can be asked what it saw", async () => {
  const main = fileURLToPath(new URL("../support/model-server/main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, "--script", "echo"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const response = await fetch(`${url}/v1/messages`, {
      method: "POST",
      headers: { "anthropic-version": "2023-06-01", ...key },
      body: JSON.stringify({ model: "m", max_tokens: 1, messages: [user("ping")] }),
    });
    expect(await response.text()).toContain("ech");
    const seen = (await (await fetch(`${url}/__requests`)).json()) as {
      requests: { firstUserText: string }[];
    };
    expect(seen.requests.map((request) => request.firstUserText)).toEqual(["ping"]);
    expect(await (await fetch(`${url}/__ledger`)).json()).toMatchObject({ m: { calls: 1 } });
    expect(await (await fetch(`${url}/__violations`)).json()).toEqual([]);
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
});
