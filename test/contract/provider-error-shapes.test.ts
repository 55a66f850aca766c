import { afterAll, beforeAll, expect, test } from "vitest";
import { createProviderCatalog } from "../../src/providers/catalog.ts";
import type { ProviderFault } from "../../src/providers/fault.ts";
import { streamTurn } from "../../src/providers/stream-turn.ts";
import { type ModelServer, startModelServer } from "../support/model-server/start-model-server.ts";

// As each of them words its refusals; what a person needs of one is its own sentence.

let server: ModelServer;

beforeAll(async () => {
  server = await startModelServer({ script: () => ({ text: "unset" }) });
});
afterAll(() => server.close());

async function failWith(provider: string, reply: { status: number; body: string }): Promise<ProviderFault> {
  server.setScript(() => reply);
  const credentials = { get: () => ({ apiKey: "test-key-0123456789", baseUrl: server.url }) };
  const model = await createProviderCatalog({ credentials }).openModel({ provider, model: "m-1" });
  const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "Hi." }] }];
  const outcome = await streamTurn({
    model,
    options: { prompt, maxOutputTokens: 99 },
    signal: new AbortController().signal,
  });
  if (outcome.kind === "answer") throw new Error("it answered");
  return outcome.fault;
}

const google = (code: number, status: string, message: string): string =>
  JSON.stringify({ error: { code, message, status, details: [] } });

test.each([
  [
    "anthropic",
    401,
    '{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}',
    "auth",
    "invalid x-api-key",
  ],
  [
    "anthropic",
    400,
    '{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}',
    "quota",
    "credit balance",
  ],
  [
    "openai",
    429,
    '{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}',
    "quota",
    "exceeded your current quota",
  ],
  [
    "openai",
    404,
    '{"error":{"message":"The model `m-1` does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"}}',
    "not-found",
    "does not exist",
  ],
  [
    "google",
    400,
    google(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    "auth",
    "API key not valid",
  ],
  [
    "google",
    403,
    google(403, "PERMISSION_DENIED", "Your project has been denied access."),
    "auth",
    "denied access",
  ],
  [
    "google",
    429,
    google(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    "rate-limited",
    "exhausted",
  ],
  ["google", 503, google(503, "UNAVAILABLE", "The model is overloaded."), "overloaded", "overloaded"],
  [
    "groq",
    401,
    '{"error":{"message":"Invalid API Key","type":"invalid_request_error","code":"invalid_api_key"}}',
    "auth",
    "Invalid API Key",
  ],
  ["mistral", 401, '{"message":"Unauthorized, check your key","request_id":"1"}', "auth", "check your key"],
  [
    "mistral",
    400,
    '{"object":"error","message":"Invalid model: m-1","type":"invalid_model","param":null,"code":"1500"}',
    "bad-request",
    "Invalid model",
  ],
  [
    "mistral",
    422,
    '{"detail":[{"loc":["body","messages"],"msg":"field required","type":"value_error.missing"}]}',
    "bad-request",
    "field required",
  ],
  [
    "xai",
    400,
    '{"code":"Client specified an invalid argument","error":"Incorrect API key provided: te***89."}',
    "auth",
    "Incorrect API key",
  ],
  [
    "xai",
    404,
    '{"code":"Some requested entity was not found","error":"The model m-1 does not exist"}',
    "not-found",
    "does not exist",
  ],
  [
    "deepseek",
    402,
    '{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}',
    "quota",
    "Insufficient Balance",
  ],
  [
    "openrouter",
    402,
    '{"error":{"message":"Insufficient credits. Add more","code":402},"user_id":"u"}',
    "quota",
    "Insufficient credits",
  ],
  [
    "openrouter",
    404,
    '{"error":{"message":"No endpoints found for m-1.","code":404}}',
    "not-found",
    "No endpoints",
  ],
  [
    "ollama",
    404,
    '{"error":{"message":"model \\"m-1\\" not found, try pulling it first","type":"api_error","param":null,"code":null}}',
    "not-found",
    "try pulling",
  ],
  ["ollama", 500, '{"error":"llama runner process has terminated"}', "server-error", "terminated"],
  ["my-proxy", 502, "<html><head><title>502 Bad Gateway</title></head></html>", "server-error", "502"],
  ["my-proxy", 401, '{"detail":"Not authenticated"}', "auth", "Not authenticated"],
  ["my-proxy", 400, "model field missing", "bad-request", "model field missing"],
])("%s %i %s is %s, in its own words", async (...said) => {
  const [provider, status, body, code, words] = said;
  const fault = await failWith(provider, { status, body });
  expect(fault).toMatchObject({ code, status });
  expect(fault.detail).toContain(words);
  expect(fault.detail).not.toContain("test-key-0123456789");
});
