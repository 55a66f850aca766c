import { expect, test } from "vitest";
import { readFlow } from "../../../../src/contract/flow-plan.ts";
import { type FlowFile, flowFileShape } from "../../../../src/contract/flow-shapes.ts";
import { type FlowDecision, decideFlow } from "../../../../src/core/flow/decide-flow.ts";
import { expandStep } from "../../../../src/core/flow/expand-step.ts";
import type { FlowRow, StepResult } from "../../../../src/core/flow/flow.ts";
import { toRowKey } from "../../../../src/core/flow/flow.ts";

const hash = (text: string): string => text;

/** A flow whose sessions end as `answer` says; every order is carried out at once. */
function createRun(file: object, vars: Record<string, string> = {}) {
  const parsed: FlowFile = flowFileShape.parse(file);
  const { plan, faults } = readFlow(parsed, vars);
  expect(faults).toEqual([]);
  const rows = new Map<string, FlowRow>();
  const tasks: string[] = [];
  let life = 1;
  const decide = (): FlowDecision =>
    decideFlow({
      plan,
      life,
      rowsOf: (step, item) => [...rows.values()].filter((row) => row.step === step && row.item === item),
      expand: (step, scope) => expandStep(step, scope, hash),
      hash,
    });
  return {
    tasks,
    rows,
    decide,
    resume: () => (life += 1),
    /** Until nothing is left to be started. */
    finish(answer: (task: string) => StepResult | string) {
      for (let round = 0; round < 100; round += 1) {
        const { orders, end } = decide();
        if (end !== null) return end;
        for (const order of orders) {
          tasks.push(order.unit.task);
          const answered = answer(order.unit.task);
          const part = order.kind === "command" ? "gate" : order.part;
          const row = toRow({ order, life, part, answered });
          rows.set(toRowKey(row), row);
        }
      }
      throw new Error("it goes on for ever");
    },
  };
}

interface Ended {
  order: FlowDecision["orders"][number];
  life: number;
  part: FlowRow["part"];
  answered: StepResult | string;
}

/** A text is a failure, told so. */
function toRow({ order, life, part, answered }: Ended): FlowRow {
  const failed = typeof answered === "string";
  const structured = failed ? undefined : answered.structured;
  const passed =
    part === "gate" && typeof structured === "object" && structured !== null ? "pass" in structured : null;
  const { unit, attempt } = order;
  return {
    step: unit.step,
    item: unit.item,
    part,
    attempt,
    life,
    inputHash: unit.hash,
    label: unit.label,
    batchId: "b",
    sessionId: `${unit.step}-${unit.item}-${attempt}`,
    status: failed ? "failed" : "completed",
    reason: failed ? "provider-error" : null,
    error: failed ? answered : passed === false ? "no good" : null,
    result: failed ? null : answered,
    passed,
    costMicroUsd: 0,
    unpricedCalls: 0,
    startedAt: 0,
    endedAt: 1,
  };
}

const say = (text: string): StepResult => ({ text, truncated: false });

test("a step begins when all that it needs is there, and gets the results", () => {
  const run = createRun({
    steps: [
      { id: "c", task: "{{ steps.a.result }} and {{ steps.b.result }}" },
      { id: "a", task: "a" },
      { id: "b", task: "b" },
    ],
  });
  expect(run.decide().orders.map(({ unit }) => unit.step)).toEqual(["a", "b"]);
  const end = run.finish((task) => say(`<${task}>`));
  expect(end).toEqual({ status: "completed", reason: null, result: "<<a> and <b>>", missing: [] });
});

test("the same state is decided the same, and what runs is not started twice", () => {
  const run = createRun({ steps: [{ id: "a", task: "a" }] });
  const [order] = run.decide().orders;
  expect(run.decide().orders).toEqual([order]);
  if (order === undefined) throw new Error("nothing is ordered");
  const row = { ...toRow({ order, life: 1, part: "work", answered: say("x") }), status: "running" as const };
  run.rows.set(toRowKey(row), row);
  expect(run.decide()).toMatchObject({ orders: [], end: null });
});

test("what comes in is never read as a template again", () => {
  const run = createRun({
    vars: { x: "secret" },
    steps: [
      { id: "a", task: "a" },
      { id: "b", task: "{{ steps.a.result }}" },
    ],
  });
  run.finish(() => say("{{ vars.x }}"));
  expect(run.tasks).toEqual(["a", "{{ vars.x }}"]);
});

test("a failed step is tried as often as retry says; then its followers are blocked and another branch goes on", () => {
  const run = createRun({
    steps: [
      { id: "a", task: "bad", retry: 2 },
      { id: "b", task: "{{ steps.a.result }}" },
      { id: "c", task: "good" },
    ],
  });
  const end = run.finish((task) => (task === "bad" ? "it broke" : say("fine")));
  expect(run.tasks.filter((task) => task === "bad")).toHaveLength(3);
  expect(end).toMatchObject({ status: "failed", reason: "Step a: failed: it broke", result: "fine" });
  expect(end.missing.map(({ step }) => step)).toEqual(["a", "b"]);
  run.resume();
  expect(run.finish((task) => say(task))).toMatchObject({ status: "completed" });
  expect(run.tasks.filter((task) => task === "good")).toHaveLength(1);
});

const counted = (quorum: number): object => ({
  steps: [{ id: "a", foreach: [1, 2, 3], task: "{{ item }}", quorum }],
});
const allButTwo = (task: string): StepResult | string => (task === "2" ? "broken" : say(task));

test("one failed item leaves the others standing; below the quorum the step fails and says how many there were", () => {
  expect(createRun(counted(2)).finish(allButTwo)).toMatchObject({
    status: "completed",
    missing: [{ item: 1, label: "2" }],
  });
  expect(createRun(counted(3)).finish(allButTwo)).toMatchObject({
    status: "failed",
    reason: "Step a: 2 of 3 completed, 3 are needed. 2: failed: broken",
  });
});

const toPlan = (parts: unknown) => (): StepResult => say(JSON.stringify({ parts }));

test("an empty list is done with nothing; what is no list, and a plan of too many parts, is a clear end", () => {
  const file = {
    steps: [
      { id: "p", task: "plan" },
      { id: "a", foreach: "{{ steps.p.result.parts }}", task: "{{ item }}" },
    ],
  };
  expect(createRun(file).finish(toPlan([]))).toMatchObject({ status: "completed", missing: [] });
  expect(createRun(file).finish(toPlan(7))).toMatchObject({ status: "failed" });
  expect(createRun(file).finish(() => say("no json")).reason).toContain('there is no "parts"');
  const many = createRun(file).finish(toPlan(Array.from({ length: 10_001 }, () => "x")));
  expect(many.reason).toContain("10001 parts are more than the 10000");
});

test.each([
  ["yes", true],
  ["no", false],
  ["", false],
])("when: a result of %j lets the step run: %s", (said, isRun) => {
  const run = createRun({
    steps: [
      { id: "a", task: "a" },
      { id: "b", task: "b", when: "{{ steps.a.result }}" },
      { id: "c", task: "c", when: "{{ steps.a.result }} == 'yes'" },
      { id: "d", task: "d", needs: ["b"] },
    ],
  });
  run.finish(() => say(said));
  expect(run.tasks).toEqual(isRun ? ["a", "b", "c", "d"] : ["a", "d"]);
});

test("a result with == in it compares as a text, and not as a condition", () => {
  const run = createRun({
    steps: [
      { id: "a", task: "a" },
      { id: "b", task: "b", when: "{{ steps.a.result }} == x" },
    ],
  });
  run.finish(() => say("x == x"));
  expect(run.tasks).toEqual(["a"]);
});

test("a gate that is not passed has the work done again with its reason", () => {
  const run = createRun({ steps: [{ id: "a", task: "write", retry: 1, gate: { judge: "Good?" } }] });
  let asked = 0;
  const end = run.finish((task) => {
    if (!task.startsWith("Good?")) return say("text");
    asked += 1;
    return { text: "", truncated: false, structured: asked === 2 ? { pass: true } : {} };
  });
  expect(end.status).toBe("completed");
  expect(run.tasks).toHaveLength(4);
  expect(run.tasks[2]).toContain("did not pass the check:\nno good");
});

test("votes are counted by weight, and a judge is shown no names", () => {
  const team = [
    { task: "1", name: "alice" },
    { task: "2", name: "bob" },
    { task: "3", name: "carol", weight: 5 },
  ];
  const vote = createRun({ steps: [{ id: "a", team, pick: "vote" }] });
  expect(vote.finish((task) => say(task === "3" ? "No." : "yes"))).toMatchObject({ result: "No." });
  const judged = createRun({ steps: [{ id: "a", team, pick: { judge: "Best?" } }] });
  const end = judged.finish((task) =>
    task.startsWith("Best?")
      ? { text: "", truncated: false, structured: { winner: 3, reason: "" } }
      : say(`answer ${task}`),
  );
  const shown = judged.tasks.at(-1) ?? "";
  expect(shown).not.toMatch(/alice|bob|carol/);
  const third = /## Candidate 3\n\n(answer \d)/.exec(shown)?.[1];
  expect(end.result).toBe(third);
  const missing = createRun({ steps: [{ id: "a", team, pick: { judge: "Best?" } }] });
  const wrong = missing.finish((task) =>
    task.startsWith("Best?") ? { text: "", truncated: false, structured: { winner: 9 } } : say(task),
  );
  expect(wrong.reason).toContain("The judge named candidate 9; there are 3.");
});
