import { expect, test } from "vitest";
import { killHard } from "../support/e2e/processes.ts";
import { createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

const usage = { inputTokens: 100_000, outputTokens: 3_000, cacheReadTokens: 40_000 };

/** Two tool calls with thoughts, then an answer; the third call is silent the first time. */
function thinkTwice(): (request: ParsedRequest) => Reply {
  let hasHung = false;
  return ({ turn, toolNames }) => {
    if (turn < 2) {
      const toolCalls = [{ name: toolNames[0] ?? "", input: { path: "." } }];
      return { thinking: `thought ${turn}`, toolCalls, usage };
    }
    if (hasHung) return { thinking: "at last", text: "both looked at", usage };
    hasHung = true;
    return { hang: true };
  };
}

test("Gemini's signatures come back over a kill of the daemon, and what it read from its cache has its own price", async () => {
  await using stage = await createStage({
    script: thinkTwice(),
    env: { GOOGLE_API_KEY: "test-key", PROFCLAW_RETRY_DEADLINE_MS: "10000" },
  });
  const env = { GOOGLE_BASE_URL: stage.model.url };
  await stage.run(["up"], { env });
  const { sessions } = await stage.spawn({
    sessions: [{ task: "look", provider: "google", tools: ["list_dir"] }],
  });
  const [id = ""] = sessions.map((session) => session.id);
  await until(
    () => stage.model.requests.length,
    (count) => count === 3,
    10_000,
  );
  const { pid } = stage.discovery();
  killHard(pid);
  await stage.untilReplaced(pid);
  // A session whose key died with the daemon waits for a shell that has it.
  await stage.run(["agent", "sessions"], { env });
  const wait = await stage.run(["agent", "wait", id, "--timeout", "20s"], { env });
  expect(wait.exitCode, wait.stderr).toBe(0);
  expect(stage.model.violations).toEqual([]);
  const last = JSON.stringify(stage.model.requests.at(-1)?.body["contents"]);
  // Each call's own signature, at its own call, word for word.
  expect(last.match(/"thoughtSignature":"sig-/g)).toHaveLength(2);
  const session = await stage.session(id);
  expect(session).toMatchObject({ status: "completed", result: { text: "both looked at" } });
  expect(session.usage).toEqual({
    input_tokens: 300_000,
    output_tokens: 9_000,
    cache_read_tokens: 120_000,
    cache_write_tokens: 0,
  });
  // Three times 60,000 × 0.75 + 40,000 × 0.075 + 3,000 × 3.75 USD per million.
  expect(session.cost_usd).toBe("0.17775");
});
