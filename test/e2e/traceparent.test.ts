import { expect, test } from "vitest";
import { createDeferred } from "../../src/core/deferred.ts";
import { killHard } from "../support/e2e/processes.ts";
import { createStage } from "../support/e2e/stage.ts";

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

test("TRACEPARENT of a shell goes with model calls and into commands, also after a crash; a wrong one is dropped", async () => {
  const killed = createDeferred<null>();
  await using stage = await createStage({
    script: async ({ firstUserText, turn, toolResults }) => {
      if (turn === 0) return { toolCalls: [{ name: "bash", input: { command: "printenv TRACEPARENT" } }] };
      if (firstUserText === "crash") await killed.promise;
      return { text: `printed ${toolResults[0]?.text ?? "nothing"}` };
    },
  });
  await stage.run(["up"]);
  const spawn = ["agent", "spawn", "--permission-mode", "full", "--json"];
  const told = await stage.run([...spawn, "--task", "one"], { env: { TRACEPARENT: parent } });
  expect(told.stdout).toContain(parent);
  const untold = await stage.run([...spawn, "--task", "two"], { env: { TRACEPARENT: "nonsense" } });
  expect(untold.stdout).not.toContain("nonsense");
  expect(stage.model.requests.map(({ headers }) => headers["traceparent"])).toEqual([
    parent,
    parent,
    undefined,
    undefined,
  ]);
  const task = { task: "crash", provider: "anthropic", permission_mode: "full" };
  const headers = { traceparent: parent };
  const body = { sessions: [task] };
  const accepted = await stage.rest("/api/agents/sessions", { body, headers, token: stage.token() });
  const id = accepted.json<{ sessions: { id: string }[] }>().sessions[0]?.id ?? "";
  while (stage.model.requests.length < 6) await new Promise((resolve) => setTimeout(resolve, 20));
  const { pid } = stage.discovery();
  killHard(pid);
  await stage.untilReplaced(pid);
  killed.resolve(null);
  const [ended] = await stage.untilEnded([id], 15_000);
  expect(ended?.result?.text).toContain(parent);
  expect(stage.model.requests.at(-1)?.headers["traceparent"]).toBe(parent);
});
