import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { killHard } from "../support/e2e/processes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import { type OtlpReceiver, type SpanSeen, startOtlpReceiver } from "../support/otlp-receiver.ts";

const callerTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const callerSpan = "00f067aa0ba902b7";
const caller = `00-${callerTrace}-${callerSpan}-01`;

/** Spans go out four times a second. */
function toOtelEnv(receiver: OtlpReceiver): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: "250" };
}

async function untilBatch(receiver: OtlpReceiver, count = 1): Promise<void> {
  await until(
    () => receiver.spans.filter(({ name }) => name === "invoke_workflow").length,
    (seen) => seen >= count,
    15_000,
  );
}

function pick(receiver: OtlpReceiver, name: string): SpanSeen[] {
  return receiver.spans.filter((span) => span.name === name);
}

test("a batch is one trace: batch, session, chat, tool; below the caller, and passed on", async () => {
  await using receiver = await startOtlpReceiver();
  await using stage = await createStage({
    env: {
      ...toOtelEnv(receiver),
      OTEL_SERVICE_NAME: "agents",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test,team=a%20b",
      OTEL_EXPORTER_OTLP_HEADERS: "x-team-key=collector-secret-1",
    },
    script: ({ turn, firstUserText }) => {
      if (firstUserText === "fails") return { status: 400, error: { message: "PROMPT-ECHO" } };
      if (turn > 0) return { text: "SAID-BY-MODEL" };
      return { toolCalls: [{ name: "bash", input: { command: "sleep 0.3; printenv TRACEPARENT" } }] };
    },
  });
  await stage.run(["up"]);
  const body = { sessions: [{ task: "ASKED", permission_mode: "full" }, { task: "fails" }] };
  const headers = { traceparent: caller };
  await stage.rest("/api/agents/sessions", { body, headers, token: stage.token() });
  await untilBatch(receiver);
  const [batch] = pick(receiver, "invoke_workflow");
  const sessions = pick(receiver, "invoke_agent builtin");
  const chats = pick(receiver, "chat claude-sonnet-4-6");
  const [tool] = pick(receiver, "execute_tool bash");
  expect(receiver.spans).toHaveLength(1 + 2 + 3 + 1);
  expect(new Set(receiver.spans.map(({ traceId }) => traceId))).toEqual(new Set([callerTrace]));
  expect(batch?.parentSpanId).toBe(callerSpan);
  expect(batch?.attributes["profclaw.batch.sessions"]).toBe(2);
  for (const session of sessions) expect(session.parentSpanId).toBe(batch?.spanId);
  const done = sessions.find(({ isError }) => !isError);
  const failed = sessions.find(({ isError }) => isError);
  expect(done?.attributes).toMatchObject({
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-sonnet-4-6",
    "profclaw.status": "completed",
    "profclaw.turns": 2,
    "gen_ai.usage.input_tokens": expect.any(Number),
  });
  expect(failed?.attributes).toMatchObject({
    "error.type": "bad-request",
    "profclaw.reason": "provider-error",
  });
  const ofDone = chats.filter(({ parentSpanId }) => parentSpanId === done?.spanId);
  expect(ofDone.map(({ attributes }) => attributes["gen_ai.response.finish_reasons"])).toEqual([
    ["tool-calls"],
    ["stop"],
  ]);
  expect(chats.map(({ kind }) => kind)).toEqual([3, 3, 3]);
  // The tool hangs on the chat that asked for it, and took as long as it took.
  expect(tool?.parentSpanId).toBe(ofDone[0]?.spanId);
  expect(tool?.attributes["gen_ai.tool.name"]).toBe("bash");
  expect((tool?.endMs ?? 0) - (tool?.startMs ?? 0)).toBeGreaterThanOrEqual(290);
  expect((tool?.endMs ?? 0) - (tool?.startMs ?? 0)).toBeLessThan(3_000);
  // What was called saw its own span as its parent.
  const sent = stage.model.requests.map((request) => String(request.headers["traceparent"]));
  expect(sent.toSorted()).toEqual(chats.map(({ spanId }) => `00-${callerTrace}-${spanId}-01`).toSorted());
  const last = stage.model.requests.flatMap(({ toolResults }) => toolResults)[0]?.text;
  expect(last).toContain(`00-${callerTrace}-${tool?.spanId ?? ""}-01`);
  expect(receiver.resource).toMatchObject({
    "service.name": "agents",
    "service.version": expect.any(String),
    "deployment.environment.name": "test",
    team: "a b",
  });
  expect(receiver.headers).toMatchObject({ "x-team-key": "collector-secret-1" });
  expect(receiver.text).not.toMatch(/ASKED|PROMPT-ECHO|SAID-BY-MODEL|sleep 0\.3|test-key/);
});

test("a session that parks, and whose daemon is killed meanwhile, is one span of the same trace", async () => {
  await using receiver = await startOtlpReceiver();
  await using stage = await createStage({
    env: toOtelEnv(receiver),
    script: ({ turn }) =>
      turn === 0 ? { toolCalls: [{ name: "bash", input: { command: "touch made" } }] } : { text: "done" },
  });
  await stage.run(["up"]);
  const { sessions } = await stage.spawn({ sessions: [{ task: "one" }] });
  const id = sessions[0]?.id ?? "";
  await until(
    () => receiver.spans.length,
    (count) => count === 1,
    10_000,
  );
  const before = Date.now();
  const { pid } = stage.discovery();
  killHard(pid);
  await stage.untilReplaced(pid);
  await stage.run(["agent", "answer", id, "allow"]);
  await untilBatch(receiver);
  const [batch] = pick(receiver, "invoke_workflow");
  const [session, second] = pick(receiver, "invoke_agent builtin");
  const [first, last] = pick(receiver, "chat claude-sonnet-4-6");
  expect(second).toBeUndefined();
  expect(batch?.parentSpanId).toBeUndefined();
  expect(session?.parentSpanId).toBe(batch?.spanId);
  expect([first?.parentSpanId, last?.parentSpanId]).toEqual([session?.spanId, session?.spanId]);
  expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(1);
  expect(session?.startMs).toBeLessThan(before);
  expect(session?.endMs).toBeGreaterThan(before);
  expect(pick(receiver, "execute_tool bash")).toHaveLength(1);
});

test("what a model spawns hangs on the call that spawned it", async () => {
  await using receiver = await startOtlpReceiver();
  await using stage = await createStage({
    env: toOtelEnv(receiver),
    script: ({ turn, firstUserText }) =>
      firstUserText === "parent" && turn === 0
        ? { toolCalls: [{ name: "sessions_spawn", input: { sessions: [{ task: "child" }] } }] }
        : { text: "done" },
  });
  await stage.run(["up"]);
  await stage.spawn({ sessions: [{ task: "parent" }] });
  await untilBatch(receiver, 2);
  const [spawn] = pick(receiver, "execute_tool sessions_spawn");
  const below = receiver.spans.find(({ parentSpanId }) => parentSpanId === spawn?.spanId);
  expect(below?.name).toBe("invoke_workflow");
  expect(new Set(receiver.spans.map(({ traceId }) => traceId)).size).toBe(1);
});

test("a session that had ended and goes on is a second span of its trace, and its batch is told once", async () => {
  await using receiver = await startOtlpReceiver();
  await using stage = await createStage({ env: toOtelEnv(receiver) });
  await stage.run(["agent", "spawn", "--task", "one"]);
  const [id = ""] = (await stage.sessions()).map((session) => session.id);
  await stage.run(["agent", "resume", id, "more"]);
  const [first, second] = await until(
    () => pick(receiver, "invoke_agent builtin"),
    (seen) => seen.length === 2,
    10_000,
  );
  expect(second?.spanId).not.toBe(first?.spanId);
  expect(second?.traceId).toBe(first?.traceId);
  expect(second?.startMs).toBeGreaterThanOrEqual(first?.endMs ?? Infinity);
  expect(pick(receiver, "invoke_workflow")).toHaveLength(1);
});

test("a caller who does not record is not recorded, and the sampler is asked for the others", async () => {
  await using receiver = await startOtlpReceiver();
  await using stage = await createStage({ env: toOtelEnv(receiver) });
  await stage.run(["up"]);
  const spawn = async (traceparent: string): Promise<void> => {
    const answer = await stage.rest("/api/agents/sessions", {
      body: { sessions: [{ task: "x" }] },
      headers: { traceparent },
    });
    await stage.untilEnded(answer.json<{ sessions: { id: string }[] }>().sessions.map(({ id }) => id));
  };
  await spawn(`00-${callerTrace}-${callerSpan}-00`);
  await spawn(caller);
  await untilBatch(receiver);
  expect(receiver.spans).toHaveLength(3);
  const sent = stage.model.requests.map((request) => String(request.headers["traceparent"]).slice(-2));
  expect(sent).toEqual(["00", "01"]);
});

test("a collector that hangs holds up neither sessions nor the stop", async () => {
  await using receiver = await startOtlpReceiver({ hang: true });
  await using stage = await createStage({ env: toOtelEnv(receiver) });
  await stage.run(["up"]);
  const { sessions } = await stage.spawn({ sessions: [{ task: "x" }] });
  await stage.untilEnded(sessions.map(({ id }) => id));
  const down = await stage.run(["down"]);
  expect(down.exitCode).toBe(0);
  expect(down.ms).toBeLessThan(5_000);
});

test("without OTEL_* nothing of OpenTelemetry is loaded; with it, all of it", async () => {
  await using receiver = await startOtlpReceiver();
  const off = await listLoaded({});
  expect(off.some((url) => url.includes("/hono/"))).toBe(true);
  expect(off.filter((url) => url.includes("opentelemetry") || url.includes("prom-client"))).toEqual([]);
  const on = await listLoaded(toOtelEnv(receiver));
  expect(on.some((url) => url.includes("exporter-trace-otlp-http"))).toBe(true);
});

test("where the SDK is not installed the log says what to install, and sessions run", async () => {
  await using stage = await createStage();
  const hook = join(stage.root, "hook.mjs");
  writeFileSync(
    hook,
    `import { registerHooks } from "node:module";
     registerHooks({ resolve(specifier, context, next) {
       if (!specifier.startsWith("@opentelemetry/")) return next(specifier, context);
       throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
     } });`,
  );
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", NODE_OPTIONS: `--import=${hook}` };
  await runOne(stage, { ...env, TRACEPARENT: caller });
  expect(stage.model.requests[0]?.headers["traceparent"]).toBe(caller);
  const log = readFileSync(join(stage.state, "logs/daemon.log"), "utf8");
  expect(log).toContain(
    "npm install -g @opentelemetry/sdk-trace-node @opentelemetry/exporter-trace-otlp-http",
  );
});

test("a collector that is not there is told in the log, without its key; sessions run", async () => {
  await using stage = await createStage({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9",
      OTEL_EXPORTER_OTLP_HEADERS: "x-team-key=collector-secret-1",
      OTEL_BSP_SCHEDULE_DELAY: "100",
      OTEL_EXPORTER_OTLP_TIMEOUT: "500",
    },
  });
  await runOne(stage, {});
  const log = await until(
    () => readFileSync(join(stage.state, "logs/daemon.log"), "utf8"),
    (text) => text.includes("OpenTelemetry:"),
    10_000,
  );
  expect(log).not.toContain("collector-secret-1");
});

/** What a daemon has loaded once it has run a session. */
async function listLoaded(env: Record<string, string>): Promise<string[]> {
  await using stage = await createStage();
  const list = join(stage.root, "loaded.txt");
  const hook = join(stage.root, "hook.mjs");
  writeFileSync(
    hook,
    `import { registerHooks } from "node:module";
     import { appendFileSync } from "node:fs";
     registerHooks({ load(url, context, next) {
       appendFileSync(${JSON.stringify(list)}, url + "\\n");
       return next(url, context);
     } });`,
  );
  await runOne(stage, { ...env, NODE_OPTIONS: `--import=${hook}` });
  return readFileSync(list, "utf8").split("\n");
}

async function runOne(stage: Stage, env: Record<string, string>): Promise<void> {
  const ended = await stage.run(["agent", "spawn", "--task", "x"], { env });
  expect(ended.exitCode).toBe(0);
}
