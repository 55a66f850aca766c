import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createStage, type Stage } from "../support/e2e/stage.ts";
import { callTool } from "../support/mcp/connect-client.ts";
import { postMessage } from "../support/mcp/post-message.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
  await stage.run(["up"]);
});
afterAll(() => stage.close());

interface Rpc {
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
}

/** Messages of 2025 as they are on the wire: a handshake first, then the version in a header. */
async function post(version: string, method: string, params: object = {}): Promise<Rpc> {
  const answer = await stage.rest(`/mcp?peer=of-${version}`, {
    body: { jsonrpc: "2.0", id: 1, method, params },
    headers: {
      accept: "application/json, text/event-stream",
      ...(method === "initialize" ? {} : { "mcp-protocol-version": version }),
    },
  });
  const line = answer.text.split("\n").find((text) => text.startsWith("data: {")) ?? answer.text;
  return JSON.parse(line.replace(/^data: /, "")) as Rpc;
}

const structured = ({ result }: Rpc) => result?.["structuredContent"] as Record<string, unknown>;

describe.each(["2025-11-25", "2025-06-18"])("the protocol of %s", (version) => {
  test("initialize, tools/list, a spawn and a wait", async () => {
    const clientInfo = { name: "old", version: "1" };
    const hello = await post(version, "initialize", {
      protocolVersion: version,
      capabilities: {},
      clientInfo,
    });
    expect(hello.result).toMatchObject({
      protocolVersion: version,
      serverInfo: { name: "profclaw" },
      capabilities: { tools: {}, resources: {}, prompts: {} },
      instructions: expect.stringMatching(/Spawn when/),
    });
    const { result } = await post(version, "tools/list");
    const tools = result?.["tools"] as { name: string; inputSchema: object; outputSchema: object }[];
    expect(tools).toHaveLength(16);
    expect(tools[0]).toMatchObject({ name: "spawn", inputSchema: { type: "object" }, outputSchema: {} });
    const spawned = await post(version, "tools/call", { name: "spawn", arguments: { prompt: version } });
    const { task_id: id } = structured(spawned);
    const waited = await post(version, "tools/call", { name: "wait", arguments: { tasks: [id] } });
    expect(structured(waited)).toMatchObject({
      status: "done",
      tasks: [{ task_id: id, status: "completed", result: `done: ${version}` }],
    });
    expect(waited.result).not.toHaveProperty("resultType");
  });
});

test.each(["initialize", "server/discover"])(
  "%s at an address with a toolset that there is not is refused: else a client is connected, and has no tools",
  async (method) => {
    const answer = await stage.rest("/mcp?toolset=defualt", {
      body: { jsonrpc: "2.0", id: 7, method, params: {} },
      headers: { accept: "application/json, text/event-stream" },
    });
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({
      id: 7,
      error: {
        message: expect.stringMatching(/no toolset "defualt".*default/),
        data: { code: "invalid-request" },
      },
    });
  },
);

test("the protocol of 2026-07-28: server/discover, tools/list, a spawn and a wait", async () => {
  const hello = await postMessage(stage, { method: "server/discover" });
  expect(hello.result).toMatchObject({
    resultType: "complete",
    supportedVersions: expect.arrayContaining(["2026-07-28"]),
  });
  const { result } = await postMessage(stage, { method: "tools/list" });
  expect(result?.["tools"]).toHaveLength(16);
  const spawn = { name: "spawn", arguments: { prompt: "of 2026" } };
  const spawned = await postMessage(stage, { method: "tools/call", params: spawn });
  const { task_id: id } = structured(spawned);
  const wait = { name: "wait", arguments: { tasks: [id] } };
  const waited = await postMessage(stage, { method: "tools/call", params: wait });
  expect(waited.result).toMatchObject({
    resultType: "complete",
    structuredContent: { status: "done", tasks: [{ task_id: id, result: "done: of 2026" }] },
  });
});

test("a version that there is not is answered with the newest of its kind, or refused with the list", async () => {
  const clientInfo = { name: "odd", version: "1" };
  const hello = await post("1999-01-01", "initialize", {
    protocolVersion: "1999-01-01",
    capabilities: {},
    clientInfo,
  });
  expect(hello.result?.["protocolVersion"]).toMatch(/^2025-/);
  const odd = await post("1999-01-01", "tools/list");
  expect(odd.error?.message).toMatch(/2025-11-25/);
});

test.each(["2026-07-28", undefined] as const)(
  "a client of the official SDK over HTTP, pinned to %s",
  async (pin) => {
    const client = new Client(
      { name: "http-client", version: "1" },
      pin === undefined ? {} : { versionNegotiation: { mode: { pin } } },
    );
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${stage.url()}/mcp?peer=sdk-${pin ?? "old"}`)),
    );
    try {
      const { task_id } = await callTool<{ task_id: string }>(client, "spawn", { prompt: "over HTTP" });
      const waited = await callTool(client, "wait", { tasks: [task_id] });
      expect(waited).toMatchObject({ status: "done", tasks: [{ result: "done: over HTTP" }] });
    } finally {
      await client.close();
    }
  },
);
