import { afterEach, beforeEach, expect, test } from "vitest";
import type { Json } from "../support/model-server/reply.ts";
import {
  type ModelServer,
  playReplies,
  startModelServer,
} from "../support/model-server/start-model-server.ts";

// The server stands in for the Gemini API: so it must refuse what that refuses.

let server: ModelServer;

beforeEach(async () => {
  server = await startModelServer({ script: () => ({ text: "fine" }) });
});
afterEach(() => server.close());

async function post(
  body: Json,
  headers: Record<string, string> = { "x-goog-api-key": "k" },
): Promise<Response> {
  return await fetch(`${server.url}/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

const user = (...parts: Json[]): Json => ({ role: "user", parts });
const model = (...parts: Json[]): Json => ({ role: "model", parts });
const text = { text: "a" };
const call = (id: string, name = "t"): Json => ({ functionCall: { id, name, args: {} } });
const answer = (id: string, name = "t"): Json => ({
  functionResponse: { id, name, response: { content: "r" } },
});

test.each<[string, Json, RegExp]>([
  ["without contents", {}, /contents is not specified/],
  ["if a role is none", { contents: [{ role: "assistant", parts: [text] }] }, /valid role/],
  ["if parts are empty", { contents: [user()] }, /must not be empty/],
  ["if a part says nothing", { contents: [user({ thought: true })] }, /initialized field/],
  ["if the model has the last word", { contents: [user(text), model(text)] }, /last content/],
  [
    "if a call has no response",
    { contents: [user(text), model(call("x")), user(text)] },
    /must equal the number/,
  ],
  [
    "if one of two responses is missing",
    { contents: [user(text), model(call("x"), call("y")), user(answer("x"))] },
    /must equal the number/,
  ],
  ["if a response answers nothing", { contents: [user(answer("x"))] }, /must equal the number/],
  [
    "if a response has another name",
    { contents: [user(text), model(call("x")), user(answer("x", "other"))] },
    /answers a call of t/,
  ],
  [
    "if a tool's name is not legal",
    { contents: [user(text)], tools: [{ functionDeclarations: [{ name: "1 b" }] }] },
    /not legal/,
  ],
])("a Gemini request is refused %s", async (_, body, expected) => {
  const response = await post(body);
  expect(response.status).toBe(400);
  expect(((await response.json()) as { error: { status: string } }).error.status).toBe("INVALID_ARGUMENT");
  expect(server.violations.join()).toMatch(expected);
});

test("a Gemini request is refused without a key, and if a thought's signature does not come back", async () => {
  expect((await post({ contents: [user(text)] }, {})).status).toBe(401);
  server.setScript(playReplies({ thinking: "deep", toolCalls: [{ name: "t", id: "x" }] }, { text: "ok" }));
  const stream = await (await post({ contents: [user(text)] })).text();
  const thoughtSignature = /"thoughtSignature":"(sig-[^"]+)"/.exec(stream)?.[1] ?? "";
  const echo = (more: Record<string, Json>): Json => ({
    contents: [user(text), model({ ...(call("x") as object), ...more }), user(answer("x"))],
  });
  for (const wrong of [{}, { thoughtSignature: "skip_thought_signature_validator" }]) {
    expect((await post(echo(wrong))).status).toBe(400);
  }
  expect((await post(echo({ thoughtSignature }))).status).toBe(200);
});
