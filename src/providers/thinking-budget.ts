import type { JsonObject, JsonValue } from "../core/json.ts";

// The API's own floor for a thinking budget (docs.anthropic.com, "Extended thinking").
const leastBudget = 1_024;

/**
 * For the older Claude models the SDK turns an effort into a thinking budget and adds it to max_tokens:
 * 8,192 asked for became 46,592 sent. But what was asked for is what the budget has reserved, so the
 * thinking must fit into it: at most three quarters, and none where that is less than the API's floor.
 * Takes and gives a request body as JSON.
 */
export function fitThinking(bodyJson: string, maxTokens: number): string {
  if (!bodyJson.includes('"budget_tokens"')) return bodyJson;
  const body = JSON.parse(bodyJson) as JsonObject;
  const thinking = body["thinking"] ?? null;
  if (!isObject(thinking) || typeof thinking["budget_tokens"] !== "number") return bodyJson;
  const budget = Math.min(thinking["budget_tokens"], Math.floor(maxTokens * 0.75));
  const { thinking: _, ...rest } = body;
  if (budget < leastBudget) return JSON.stringify({ ...rest, max_tokens: maxTokens });
  return JSON.stringify({
    ...rest,
    max_tokens: maxTokens,
    thinking: { ...thinking, budget_tokens: budget },
  });
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
