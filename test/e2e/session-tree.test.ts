import { afterAll, beforeAll, expect, test } from "vitest";
import type { TreeNodeView } from "../../src/contract/shapes.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";
import { until } from "../support/e2e/until.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";

let stage: Stage;
let letGrandchildGo: () => void;
let leadId: string;

function spawn(...sessions: { task: string; tools?: string[] }[]): Reply {
  return { toolCalls: [{ name: "sessions_spawn", input: { sessions } }] };
}

/** The lead spawns two, one of which spawns one more, which ends when it is told to. */
function createFamily(): (request: ParsedRequest) => Promise<Reply> {
  const told = new Promise<void>((resolve) => (letGrandchildGo = resolve));
  return async ({ firstUserText: task, turn, toolResults }) => {
    if (turn > 0) return { text: `${task} heard: ${toolResults[0]?.text ?? ""}` };
    if (task === "lead") return spawn({ task: "left", tools: ["sessions_spawn"] }, { task: "right" });
    if (task === "left") return spawn({ task: "grandchild" });
    if (task === "grandchild") await told;
    return { text: `${task} is done` };
  };
}

beforeAll(async () => {
  stage = await createStage({ script: createFamily() });
  const { stdout } = await stage.run(["agent", "spawn", "-d", "--task", "lead"]);
  leadId = stdout.trim();
  await until(
    () => stage.model.requests.map(({ firstUserText }) => firstUserText),
    (tasks) => tasks.includes("grandchild"),
  );
});

afterAll(() => stage.close());

/** "lead(left(grandchild),right)" */
function toShape({ session, children }: TreeNodeView): string {
  return children.length === 0 ? session.task : `${session.task}(${children.map(toShape).join()})`;
}

test("S10: agent sessions --tree shows who spawned whom while they run", async () => {
  const { exitCode, stdout } = await stage.run(["agent", "sessions", "--tree"]);
  expect(exitCode).toBe(0);
  const drawn = stdout
    .replaceAll(/[0-9a-f]{8}/g, "ID")
    .replaceAll(/ {2}(\w+) +(\w+).*/g, " $1 $2")
    .trimEnd()
    .split("\n");
  expect(drawn).toEqual([
    "batch ID 1 session",
    "└── ID waiting lead",
    "    ├── ID waiting left",
    "    │   └── ID running grandchild",
    "    └── ID completed right",
  ]);
});

test("S10: GET …/tree answers the same, from any session downwards", async () => {
  const tree = (await stage.rest(`/api/agents/sessions/${leadId}/tree`)).json<TreeNodeView>();
  expect(toShape(tree)).toBe("lead(left(grandchild),right)");
  expect(tree.session).toMatchObject({ status: "waiting", reason: "child", depth: 0, parent_id: null });
  const [left] = tree.children;
  expect(left?.session).toMatchObject({ depth: 1, parent_id: leadId });
  const below = (await stage.rest(`/api/agents/sessions/${left?.session.id}/tree`)).json<TreeNodeView>();
  expect(toShape(below)).toBe("left(grandchild)");
});

test("S3, S10: the children's results come back up, and the tree stays to be seen with -a", async () => {
  letGrandchildGo();
  const [lead] = await stage.untilEnded([leadId]);
  expect(lead?.result?.text).toMatch(
    /lead heard:[\s\S]*left heard:[\s\S]*grandchild is done[\s\S]*right is done/,
  );
  const { stdout } = await stage.run(["agent", "sessions", "--tree", "--all", "--json"]);
  const { trees } = JSON.parse(stdout) as { trees: TreeNodeView[] };
  expect(trees.map(toShape)).toEqual(["lead(left(grandchild),right)"]);
  const nothing = await stage.run(["agent", "sessions", "--tree"]);
  expect(nothing.stdout).toMatch(/^No sessions are queued, running or waiting/);
  const children = await stage.rest(`/api/agents/sessions?parent=${leadId}`);
  expect(children.json<{ sessions: unknown[] }>().sessions).toHaveLength(2);
});
