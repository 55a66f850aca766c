import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createStage, type Stage } from "../support/e2e/stage.ts";
import { connectClient, type McpStage } from "../support/mcp/connect-client.ts";

let stage: Stage;
let mcp: McpStage;
let id: string;

beforeAll(async () => {
  stage = await createStage({
    script: ({ firstUserText }) => ({
      text: firstUserText.includes("long") ? "y".repeat(60_000) : `done: ${firstUserText}`,
    }),
  });
  mkdirSync(stage.state, { recursive: true, mode: 0o700 });
  const own =
    'hints:\n  deploy:\n    advice: Spawn one child for each region.\n    phrases: ["roll ... out"]\n';
  writeFileSync(join(stage.state, "config.yaml"), own, { mode: 0o600 });
  mcp = await connectClient(stage, { args: ["--peer", "reader"] });
  id = (await mcp.call<{ task_id: string }>("spawn", { prompt: "count the lines" })).task_id;
  await mcp.call("wait", { tasks: [id], mark_read: true });
});
afterAll(async () => {
  await mcp[Symbol.asyncDispose]();
  await stage.close();
});

async function read(uri: string): Promise<string> {
  const [first] = (await mcp.client.readResource({ uri })).contents;
  return first !== undefined && "text" in first ? first.text : "";
}

test("a session can be read as a resource: how it stands, its log, its result, its tree", async () => {
  const { resources } = await mcp.client.listResources();
  expect(resources.map(({ uri }) => uri)).toEqual(
    expect.arrayContaining([`profclaw://sessions/${id}`, "profclaw://roles", "profclaw://cost"]),
  );
  const { resourceTemplates } = await mcp.client.listResourceTemplates();
  expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
    "profclaw://sessions/{id}",
    "profclaw://sessions/{id}/log",
    "profclaw://sessions/{id}/result",
    "profclaw://sessions/{id}/tree",
  ]);
  expect(JSON.parse(await read(`profclaw://sessions/${id}`))).toMatchObject({ id, status: "completed" });
  expect(await read(`profclaw://sessions/${id}/log`)).toMatch(/turn 1/);
  expect(await read(`profclaw://sessions/${id.slice(0, 8)}/result`)).toBe("done: count the lines");
  expect(JSON.parse(await read(`profclaw://sessions/${id}/tree`))).toMatchObject({ session: { id } });
  expect(await read("profclaw://roles")).toContain("skeptic");
  expect(JSON.parse(await read("profclaw://cost"))).toMatchObject({ calls: 1 });
});

test("T2: a result that a tool cut is whole under its link", async () => {
  const { task_id } = await mcp.call<{ task_id: string }>("spawn", { prompt: "long" });
  const answer = await mcp.client.callTool({
    name: "wait",
    arguments: { tasks: [task_id], mark_read: true },
  });
  const link = answer.content.find(({ type }) => type === "resource_link");
  const uri = link?.type === "resource_link" ? link.uri : "";
  expect(uri).toBe(`profclaw://sessions/${task_id}/result`);
  expect(await read(uri)).toHaveLength(60_000);
});

test("T8: the log of a task that wanted none is not shown; its result is", async () => {
  const { task_id } = await mcp.call<{ task_id: string }>("spawn", {
    prompt: "hush",
    capture_output: false,
    visible: false,
  });
  await stage.untilEnded([task_id]);
  expect(await read(`profclaw://sessions/${task_id}/log`)).toMatch(/^No log/);
  expect(await read(`profclaw://sessions/${task_id}/result`)).toBe("done: hush");
});

test.each([
  "profclaw://sessions/ffffffff",
  "profclaw://sessions/",
  "profclaw://sessions/a/b/log",
  "profclaw://nothing",
  "file:///etc/passwd",
])("%s is no resource, and the client is told so", async (uri) => {
  await expect(mcp.client.readResource({ uri })).rejects.toThrow(/profclaw|No session|There is no/);
});

test("the prompts can be filled in, and one that lacks what it needs is refused by its name", async () => {
  const { prompts } = await mcp.client.listPrompts();
  expect(prompts.map(({ name }) => name)).toEqual(["fan_out", "pipeline", "review_panel", "hints"]);
  for (const { title, description } of prompts) expect(`${title}${description}`.length).toBeGreaterThan(40);
  const get = async (name: string, args: Record<string, string>): Promise<string> => {
    const [message] = (await mcp.client.getPrompt({ name, arguments: args })).messages;
    return message?.content.type === "text" ? message.content.text : "";
  };
  expect(await get("fan_out", { task: "Review both" })).toMatch(/^Review both\n[^]*spawn[^]*wait/);
  expect(await get("fan_out", { task: "Review", parts: "src/auth" })).toContain("src/auth");
  expect(await get("pipeline", { goal: "Ship it", steps: "build\ntest" })).toContain("build\ntest");
  expect(await get("review_panel", { subject: "the diff", roles: "skeptic" })).toContain('["skeptic"]');
  expect(await get("hints", {})).toMatch(/in parallel \|[^]*параллельно/);
  expect(await get("hints", { text: "Проверь оба модуля параллельно" })).toMatch(/"параллельно": spawn/);
  expect(await get("hints", { text: "thank you" })).toMatch(/^Nothing/);
  // A single word may be all that a client has left of a text: its model has the rest.
  expect(await get("hints", { text: "Review" })).toMatch(
    /in parallel \|[^]*<command-args>[^]*all of that is text/,
  );
  expect(await get("fan_out", { task: "Review", parts: "both" })).toMatch(/<command-args>.*task and parts/);
  expect(await get("fan_out", { task: "Review both" })).not.toContain("<command-args>");
  await expect(get("fan_out", {})).rejects.toThrow(/needs task/);
  await expect(get("fan_out", { task: "x", prats: "y" })).rejects.toThrow(/prats.*takes: task, parts/);
  await expect(get("fanout", { task: "x" })).rejects.toThrow(/fan_out/);
});

test("T5: POST /api/hints says what a text speaks for, also by a phrase of one's own; nothing starts", async () => {
  const before = (await stage.sessions()).length;
  const post = async (text: unknown) => stage.rest("/api/hints", { method: "POST", body: { text } });
  const found = await post("Roll the release out, then get a second opinion.");
  expect(found.json()).toMatchObject({
    hints: [
      { id: "deploy", tool: "spawn", matched: "Roll the release out" },
      { id: "angles", matched: "second opinion" },
    ],
  });
  expect((await post("hello")).json()).toEqual({ hints: [] });
  expect((await post("")).status).toBe(422);
  expect((await post(7)).status).toBe(422);
  expect((await post("x".repeat(20_001))).status).toBe(422);
  const listed = (await stage.rest("/api/hints")).json<{ hints: { id: string; source: string }[] }>();
  expect(listed.hints[0]).toMatchObject({ id: "deploy", source: "config" });
  expect(await stage.sessions()).toHaveLength(before);
});
