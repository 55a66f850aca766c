import { expect, test } from "vitest";
import { createStage } from "../support/e2e/stage.ts";
import { ToolRefusal, connectClient } from "../support/mcp/connect-client.ts";

test("an MCP client runs a flow, waits for it and reads its result; a wrong one is refused with line and column", async () => {
  await using stage = await createStage();
  await using client = await connectClient(stage, { args: ["--toolset", "default,flows"] });
  const flow = "steps:\n  - { id: a, task: one }\n  - { id: b, task: 'two {{ steps.a.result }}' }\n";
  const { flow_id } = await client.call<{ flow_id: string }>("run_flow", { flow });
  const over = await client.call("flow_status", { flow_id, timeout_s: 20 });
  expect(over).toMatchObject({ status: "completed", result: "done: two done: one", degraded: false });
  const refusal = (name: string, args: Record<string, unknown>): Promise<string> =>
    client.call(name, args).then(
      () => "no refusal",
      (error: unknown) => (error instanceof ToolRefusal ? error.message : String(error)),
    );
  const wrong = "steps:\n  - { id: a, task: x, needs: [b] }\n";
  expect(await refusal("run_flow", { flow: wrong })).toContain("flow:2:");
  expect(await refusal("flow_cancel", { flow_id })).toContain("flow-ended");
});
