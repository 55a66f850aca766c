import { afterAll, beforeAll, expect, test } from "vitest";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AcceptedBatchView } from "../../src/contract/session-operations.ts";
import { killHard } from "../support/e2e/processes.ts";
import type { ProblemSeen, RestAnswer } from "../support/e2e/rest.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
  await stage.run(["up"]);
});

afterAll(() => stage.close());

function send(path: string, key: string, body: unknown): Promise<RestAnswer> {
  return stage.rest(`/api/agents/sessions${path}`, { body, headers: { "idempotency-key": key } });
}

const idsOf = (answer: RestAnswer): string[] => answer.json<AcceptedBatchView>().sessions.map(({ id }) => id);

test("ten requests at once under one key run once, and so does one after a crash", async () => {
  const body = { sessions: [{ task: "once" }, { task: "twice" }], labels: { a: "1", b: "2" } };
  const answers = await Promise.all(Array.from({ length: 10 }, () => send("", "race", body)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set(answers.map((answer) => idsOf(answer).join())).size).toBe(1);
  const { pid } = stage.discovery();
  killHard(pid);
  await stage.untilReplaced(pid);
  const turned = { labels: { b: "2", a: "1" }, sessions: [{ task: "once" }, { task: "twice" }] };
  const again = await send("", "race", turned);
  expect([again.status, idsOf(again)]).toEqual([202, idsOf(answers[0] as RestAnswer)]);
  const other = await send("", "race", { sessions: [{ task: "other" }] });
  expect([other.status, other.json<ProblemSeen>().code]).toEqual([422, "idempotency-key-reused"]);
});

test("what changed since then does not turn the answer into a refusal", async () => {
  const cwd = join(stage.workspace, "gone");
  mkdirSync(cwd);
  const body = { sessions: [{ task: "here" }], cwd };
  const first = await send("", "folder", body);
  await stage.untilEnded(idsOf(first));
  rmSync(cwd, { recursive: true });
  const again = await send("", "folder", body);
  expect([again.status, idsOf(again)]).toEqual([202, idsOf(first)]);
});

test("a key counts for one operation, and for its whole body", async () => {
  const first = await send("", "shared", { sessions: [{ task: "first" }] });
  const [id = ""] = idsOf(first);
  await stage.untilEnded([id]);
  const retried = await send(`/${id}/retry`, "shared", {});
  expect(retried.status).toBe(202);
  expect(idsOf(await send(`/${id.slice(0, 8)}/retry`, "shared", {}))).toEqual(idsOf(retried));
  const resumed = await send(`/${id}/resume`, "shared", { message: "more" });
  expect([resumed.status, idsOf(resumed)]).toEqual([202, [id]]);
  await stage.untilEnded([id]);
  expect((await send(`/${id}/resume`, "shared", { message: "more" })).status).toBe(202);
  const other = await send(`/${id}/resume`, "shared", { message: "more", max_turns: 3 });
  expect([other.status, other.json<ProblemSeen>().code]).toEqual([422, "idempotency-key-reused"]);
  expect((await stage.session(id)).resumes).toBe(1);
});
