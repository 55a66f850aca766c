import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import { startOtlpReceiver } from "../support/otlp-receiver.ts";
import { startWebhookReceiver } from "../support/webhook-receiver.ts";

/* Every secret has this in it, so that half of one is found too. */
const mark = "PLANTED";
const secrets = {
  anthropicKey: `sk-ant-api03-${mark}anthropic0001`,
  // Looks like nothing in particular: it can only be known by its value.
  groqKey: `just words with ${mark} groq`,
  ofEnvironment: `deploy-${mark}-anything`,
  inTask: `sk-proj-${mark}task000000000002`,
  inTool: `ghp_${mark}tool0000000000000003`,
  inModelName: `sk-or-v1-${mark}model0000000004`,
  inHeader: `${mark}.header.0005`,
};

test("secrets of task, environment, tool output and provider errors are in no log, metric, error, span or webhook", async () => {
  await using receiver = await startWebhookReceiver();
  await using collector = await startOtlpReceiver();
  await using stage = await createStage({
    env: {
      ANTHROPIC_API_KEY: secrets.anthropicKey,
      GROQ_API_KEY: secrets.groqKey,
      DEPLOY_TOKEN: secrets.ofEnvironment,
      PROFCLAW_LOG_LEVEL: "debug",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: "250",
      PROFCLAW_WEBHOOK_URL: receiver.url,
      PROFCLAW_WEBHOOK_SECRET: receiver.secret,
    },
    script: ({ firstUserText, turn, headers }) => {
      if (firstUserText.startsWith("tool") && turn === 0) {
        return { toolCalls: [{ name: "read_file", input: { path: "secrets.txt" } }] };
      }
      if (firstUserText.startsWith("asks") && turn === 0) {
        return { toolCalls: [{ name: "bash", input: { command: `curl -H "X: ${secrets.inTool}" x` } }] };
      }
      if (firstUserText.startsWith("fails")) return { status: 400, error: { message: toEcho(headers) } };
      if (firstUserText.startsWith("breaks")) return { text: secrets.inTool, cutAfterChunks: 4 };
      return { text: `It says ${secrets.inTool}.` };
    },
  });
  writeFileSync(join(stage.workspace, "secrets.txt"), `TOKEN=${secrets.inTool}\n`);
  await stage.run(["up"]);
  const sessions = [
    { task: `tool ${secrets.inTask}`, provider: "anthropic" },
    { task: `asks ${secrets.inTask}`, provider: "anthropic" },
    { task: `fails ${secrets.inTask}`, provider: "anthropic", model: secrets.inModelName },
    { task: `fails by value ${secrets.inTask}`, provider: "groq" },
    { task: `breaks ${secrets.inTask}`, provider: "anthropic" },
    { task: `a key for a name ${secrets.inTask}`, provider: "anthropic", model: secrets.inModelName },
  ];
  const batch = await stage.spawn({ sessions });
  const asking = batch.sessions[1]?.id ?? "";
  const others = batch.sessions.filter(({ id }) => id !== asking).map(({ id }) => id);
  const ended = await stage.untilEnded(others, 15_000);
  await until(
    () => stage.session(asking),
    ({ status }) => status === "waiting",
    10_000,
  );
  const refusals = await collectRefusals(stage);
  const metrics = await stage.rest("/metrics");
  await stage.rest(`/api/agents/sessions/${asking}/cancel`, { body: {} });
  await until(
    () => receiver.attempts.map(({ event }) => event.type),
    (types) => types.includes("batch.ended") && types.includes("approval.asked"),
    10_000,
  );
  await until(
    () => collector.text,
    (text) => text.includes("invoke_workflow"),
    10_000,
  );
  // What was planted was really there.
  expect(ended.map(({ status }) => status)).toEqual(["completed", "failed", "failed", "failed", "completed"]);
  expect(stage.model.requests.some((request) => JSON.stringify(request.body).includes(secrets.inTool))).toBe(
    true,
  );
  const logs = readLogs(stage.state);
  expect(logs).toContain("a model call failed");
  expect(logs).toContain("asks for a yes");
  expect(metrics.text).toMatch(/^profclaw_model_calls_total\{provider="groq",.*outcome="(?!answered)/m);
  const places = {
    logs,
    metrics: metrics.text,
    errors: JSON.stringify(ended.map(({ error }) => error)),
    refusals: refusals.join("\n"),
    spans: collector.text,
    webhooks: receiver.attempts.map(({ headers, text }) => JSON.stringify(headers) + text).join("\n"),
  };
  for (const [place, text] of Object.entries(places)) {
    expect(text.length, place).toBeGreaterThan(100);
    expect(findPlanted(stage, text), place).toEqual([]);
  }
});

/** What a careless server writes into its error: all that it was sent. */
function toEcho(headers: Record<string, string | string[] | undefined>): string {
  return [
    `Incorrect API key provided: ${String(headers["x-api-key"] ?? headers.authorization)}.`,
    `Authorization: Bearer ${secrets.inHeader}`,
    `The prompt was ${secrets.inTask} and the tool said ${secrets.inTool}.`,
  ].join(" ");
}

/** Refusals of requests and commands with a key in the wrong place. */
async function collectRefusals(stage: Stage): Promise<string[]> {
  const { inTask, anthropicKey } = secrets;
  const bodies = [
    { sessions: [{ task: "x", provider: inTask }] },
    { sessions: [{ task: "x", [inTask]: 1 }] },
    { sessions: [{ task: "x", tools: [inTask] }] },
    { sessions: [{ task: "x", permission_mode: anthropicKey }] },
    { sessions: [{ task: "x", cwd: `/nowhere/${inTask}` }] },
    { sessions: [{ task: "x", role: inTask }] },
  ];
  const answers = await Promise.all(
    bodies.map((body) => stage.rest("/api/agents/sessions", { body, headers: { "x-secret": inTask } })),
  );
  for (const { status } of answers) expect(status).toBeGreaterThanOrEqual(400);
  const wrongToken = await stage.rest("/api/agents/sessions", { token: anthropicKey });
  const nowhere = await stage.rest(`/api/agents/sessions/${inTask}`);
  const command = await stage.run(["agent", "spawn", "--task", "x", "--provider", inTask]);
  return [...answers, wrongToken, nowhere].map(({ text }) => text).concat(command.stdout, command.stderr);
}

/** The log and its older files, what a crash left, and what the daemon says of itself. */
function readLogs(state: string): string {
  const names = readdirSync(state, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => /\.(?:log|json|jsonl)(?:\.\d)?$/.test(name) && statSync(join(state, name)).isFile())
    .map((name) => readFileSync(join(state, name), "utf8"))
    .join("\n");
}

/** Planted ones and the daemon's own. */
function findPlanted(stage: Stage, text: string): string[] {
  const lines = text.split("\n").filter((line) => line.includes(mark) || line.includes(stage.token()));
  return lines.map((line) => line.slice(Math.max(0, line.indexOf(mark) - 60), line.indexOf(mark) + 60));
}
