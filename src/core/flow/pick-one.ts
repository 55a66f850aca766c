import type { Unit } from "./expand-step.ts";
import type { GatheredPart } from "./fan-in.ts";
import type { FlowRow, FlowStep, Judge } from "./flow.ts";
import { type Order, toJudgeSession, toOrders } from "./order.ts";
import { type Candidate, countVotes, shuffle, toJudgeSchema, toJudgeTask } from "./pick-rules.ts";
import { toUnitState } from "./unit-state.ts";

/** What came of picking one of many. */
export type Picked =
  | { kind: "part"; part: GatheredPart }
  | { kind: "order"; order: Order }
  | { kind: "busy" }
  | { kind: "failed"; reason: string };

interface Picking {
  step: FlowStep;
  candidates: readonly Candidate[];
  /** Of the judge. */
  rows: readonly FlowRow[];
  life: number;
  hash: (text: string) => string;
}

/** By the votes at once; by a judge as soon as that one has spoken. */
export function pickOne(picking: Picking): Picked {
  const { step, candidates } = picking;
  const rule = step.pick;
  if (rule?.kind === "judge") return askJudge(picking, rule);
  const count = countVotes(candidates, rule?.field ?? null);
  if (count === undefined) return { kind: "failed", reason: "there is nothing to count." };
  const { winner, counts } = count;
  const structured = { winner: winner.result.structured ?? winner.result.text, counts };
  return { kind: "part", part: { ...winner, result: { ...winner.result, structured } } };
}

function askJudge({ step, candidates, rows, life, hash }: Picking, judge: Judge): Picked {
  const [only] = candidates;
  if (candidates.length === 1 && only !== undefined) return { kind: "part", part: only };
  const seed = hash(JSON.stringify([step.id, candidates.map(({ sessionId }) => sessionId)]));
  const shuffled = shuffle(candidates, seed);
  const task = toJudgeTask(judge.ask, shuffled);
  const session = toJudgeSession(judge, toJudgeSchema(shuffled.length));
  const asked = { step: step.id, item: -1, label: `judge of ${step.id}`, task, session, weight: 1 };
  const unit: Unit = { ...asked, hash: hash(JSON.stringify({ task, session })) };
  const at = toUnitState({ step: { ...step, gate: null }, unit, rows, life });
  if (at.kind === "busy") return { kind: "busy" };
  if (at.kind === "lost") return { kind: "failed", reason: `The judge did not answer. ${at.reason}` };
  if (at.kind === "done") return readVerdict(at.row, shuffled);
  const [order] = toOrders(unit, at);
  return order === undefined
    ? { kind: "busy" }
    : { kind: "order", order: { ...order, part: "pick" } as Order };
}

function readVerdict(row: FlowRow, shuffled: readonly Candidate[]): Picked {
  const said = row.result?.structured;
  const number =
    typeof said === "object" && said !== null && !Array.isArray(said) ? said["winner"] : undefined;
  const winner = typeof number === "number" ? shuffled[number - 1] : undefined;
  if (winner !== undefined) return { kind: "part", part: winner };
  return {
    kind: "failed",
    reason: `The judge named candidate ${JSON.stringify(number)}; there are ${shuffled.length}.`,
  };
}
