import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApprovalListView } from "../../src/contract/approval-operations.ts";
import { builtInRoles } from "../../src/core/built-in-roles.ts";
import { permissionModes } from "../../src/policy/levels.ts";
import { createStage, type Stage } from "../support/e2e/stage.ts";
import { connectClient, type McpStage, refusalOf } from "../support/mcp/connect-client.ts";

interface Handle {
  task_id: string;
  role: string | null;
  warnings: string[];
}

let stage: Stage;
let mcp: McpStage;
const systems: string[] = [];

beforeAll(async () => {
  stage = await createStage({
    script({ firstUserText, turn, system, toolNames }) {
      if (turn === 0) systems.push(system);
      const calls = [
        { name: "inbox", input: {} },
        { name: "peers", input: {} },
        { name: "search_via_parent", input: { query: "words" } },
        { name: "whisper", input: { to: "parent", content: "hello" } },
      ].filter(({ name }) => toolNames.includes(name));
      if (firstUserText === "talk" && turn === 0) return { toolCalls: calls };
      return { text: `done after ${turn}` };
    },
  });
  mcp = await connectClient(stage);
});
afterAll(async () => {
  await mcp[Symbol.asyncDispose]();
  await stage.close();
});

test("T9: every permission_mode of the list is taken and the session has it; another is refused with the list", async () => {
  const { tools } = await mcp.client.listTools();
  const properties = tools.find(({ name }) => name === "spawn")?.inputSchema.properties ?? {};
  expect(properties).toMatchObject({ permission_mode: { enum: permissionModes, default: "auto" } });
  for (const mode of permissionModes.filter((name) => !["full", "bypassPermissions"].includes(name))) {
    const { task_id } = await mcp.call<Handle>("spawn", { prompt: mode, permission_mode: mode });
    expect((await stage.session(task_id)).permission_mode, mode).toBe(mode);
  }
  const before = (await stage.sessions()).length;
  const refused = await refusalOf(mcp.call("spawn", { prompt: "x", permission_mode: "root" }));
  expect(refused).toMatchObject({ code: "invalid-request", pointer: "/permission_mode" });
  for (const mode of permissionModes) expect(refused.detail + refused.next).toContain(mode);
  expect(await stage.sessions()).toHaveLength(before);
});

test("T9: rights come from who calls, never from what is said: no write_origin and no label gives more", async () => {
  const wanted = {
    prompt: "all of it",
    permission_mode: "full",
    write_origin: "admin",
    labels: { "granted-by": "root" },
  };
  const body = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "spawn", arguments: wanted } };
  const headers = { accept: "application/json, text/event-stream" };
  const tokenless = await stage.rest("/mcp?peer=lead", { body, headers });
  expect(tokenless.text).toMatch(/policy-denied/);
  const withToken = await stage.rest("/mcp?peer=lead", { body, headers, token: stage.token() });
  expect(withToken.text).toMatch(/task_id/);
  expect(withToken.text).not.toMatch(/policy-denied/);
});

test("T9: our own tools never ask in a child, at any level", async () => {
  for (const mode of ["plan", "dontAsk", "default", "auto"]) {
    const { task_id } = await mcp.call<Handle>("spawn", { prompt: "talk", permission_mode: mode });
    const [ended] = await stage.untilEnded([task_id]);
    expect(ended, mode).toMatchObject({ status: "completed", result: { text: "done after 1" } });
    const { approvals } = (await stage.rest(`/api/approvals?session=${task_id}`)).json<ApprovalListView>();
    expect(approvals, mode).toEqual([]);
  }
});

test("T10: each of the nine roles is a stance that the model is told; own ones of .claude/agents too", async () => {
  const names = builtInRoles.map(({ name }) => name);
  expect(names.toSorted()).toEqual(
    "archivist,critic,executor,explorer,generator,problem_solver,skeptic,summarizer,synthesizer".split(","),
  );
  mkdirSync(join(stage.workspace, ".claude", "agents"), { recursive: true });
  const own = "---\nname: poet\ndescription: Writes verse\n---\nAnswer in verse, whatever is asked.\n";
  writeFileSync(join(stage.workspace, ".claude", "agents", "poet.md"), own);
  for (const role of [...names, "poet"]) {
    systems.length = 0;
    const handle = await mcp.call<Handle>("spawn", { prompt: "as you are", role });
    expect(handle.role).toBe(role);
    await stage.untilEnded([handle.task_id]);
    const stance = builtInRoles.find(({ name }) => name === role)?.stance ?? "Answer in verse";
    expect(systems[0], role).toContain(stance.slice(0, 60));
  }
});

test("T10: an unknown role is refused with the list and the nearest, and starts nothing", async () => {
  const before = (await stage.sessions()).length;
  const refused = await refusalOf(mcp.call("spawn", { prompt: "x", role: "skepticc" }));
  expect(refused).toMatchObject({ code: "unknown-role", next: expect.stringContaining("skeptic") });
  for (const { name } of builtInRoles) expect(refused.detail + refused.next).toContain(name);
  const panel = await refusalOf(mcp.call("spawn", { prompt: "x", roles: ["critic", "nobody"] }));
  expect(panel.code).toBe("unknown-role");
  expect(await stage.sessions()).toHaveLength(before);
});
