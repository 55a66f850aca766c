import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toolsets } from "../../../src/mcp/toolsets.ts";
import { createStage, type Stage } from "../../support/e2e/stage.ts";
import { toRecords, toText } from "../../support/model-server/json.ts";
import { findAgent } from "../pinned-agents.ts";
import { answersTo, playAgent } from "../play-agent.ts";
import { call, runClaude, type Way } from "./run-claude.ts";

const { title, program = "" } = findAgent("claude");
const ways: Way[] = ["stdio", "http"];

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
  await stage.run(["up"]);
});
afterAll(() => stage.close());

describe.runIf(program !== "")(title, () => {
  test.each(ways)(
    "over %s: says that profclaw is connected, with the tools of the default set",
    async (way) => {
      stage.model.setScript(() => ({ text: "hello" }));
      const { init, end } = await runClaude(program, stage, { prompt: "Say hello.", way });
      expect(init.mcp_servers).toMatchObject([{ name: "profclaw", status: "connected" }]);
      const expected = toolsets.default.map((name) => `mcp__profclaw__${name}`);
      const ours = init.tools.filter((name) => name.startsWith("mcp__profclaw__"));
      expect(ours.toSorted()).toEqual(expected.toSorted());
      expect(end).toMatchObject({ is_error: false, result: "hello" });
    },
  );

  test.each(ways)("over %s: spawns, waits, reads its inbox, and has the child's result", async (way) => {
    const before = stage.model.requests.length;
    stage.model.setScript(
      playAgent([
        () => ({ toolCalls: [call("spawn", { prompt: `count the files, ${way}`, labels: { way } })] }),
        ([handle]) => ({
          toolCalls: [call("wait", { tasks: [toText(handle?.json["task_id"])], timeout_s: 20 })],
        }),
        () => ({ toolCalls: [call("inbox", { mark_read: true })] }),
        () => ({ toolCalls: [call("inbox")] }),
        ([unread]) => ({ text: `Left unread: ${unread?.text}` }),
      ]),
    );
    const { end } = await runClaude(program, stage, { prompt: "Count the files.", way });

    const requests = stage.model.requests.slice(before);
    const [handle, waited, inbox, later] = answersTo(requests);
    const id = toText(handle?.json["task_id"]);
    const session = await stage.session(id);
    const text = `done: count the files, ${way}`;
    expect(session).toMatchObject({ status: "completed", labels: { way }, result: { text } });
    expect(session.parent_id).toBe(handle?.json["parent_cid"]);
    expect(waited?.json).toMatchObject({ status: "done", tasks: [{ task_id: id, result: text }] });
    const [mail] = toRecords(inbox?.json["messages"]);
    expect(mail).toMatchObject({ kind: "result", from_cid: id, content: text });
    expect(later?.json).toMatchObject({ messages: [] });
    expect(end).toMatchObject({ is_error: false, num_turns: 5 });
    expect(stage.model.violations).toEqual([]);
  });
});
