import type { SeenCall } from "../arena/model-link.ts";
import { type Plan, listEffects, toEditLine } from "../model/plan.ts";
import { type Breach, toBreaches } from "./breach.ts";
import type { Evidence } from "./evidence.ts";

/** What the model was told of one effect, against what really happened. */
interface ToldEffect {
  name: string;
  /** "ok": done; "unsure": interrupted, may have happened; "unknown": the model never heard. */
  told: "ok" | "unsure" | "failed" | "unknown";
  /** What it was told. */
  text: string;
  count: number;
}

/** P2: no effect happens twice; one that the model was told of as done has happened. */
export function findDoubledEffects(evidence: Evidence): Breach[] {
  const effects = listToldEffects(evidence);
  const known = new Set(effects.map(({ name }) => name));
  const strange = [...evidence.effects.keys()].filter((name) => !known.has(name));
  const doubled = effects.filter(({ count }) => count > 1);
  const missing = effects.filter(({ told, count }) => told === "ok" && count !== 1);
  const failed = effects.filter(({ told }) => told === "failed");
  return [
    ...toBreaches("effects doubled", say(doubled)),
    ...toBreaches("an effect that was told as done has happened", say(missing)),
    ...toBreaches("no effect is told as failed", say(failed)),
    ...toBreaches("no effect but the planned ones", strange),
  ];
}

function say(effects: readonly ToldEffect[]): string[] {
  return effects.map(
    ({ name, told, text, count }) => `${name}: told ${told} (${text.slice(0, 300)}), happened ${count} times`,
  );
}

/** How many effects were asked for, and how many the model was told may have happened. */
export function countEffects(evidence: Evidence): { asked: number; unsure: number } {
  const effects = listToldEffects(evidence);
  return {
    asked: effects.length,
    unsure: effects.filter(({ told }) => told === "unsure").length,
  };
}

function listToldEffects(evidence: Evidence): ToldEffect[] {
  return [...evidence.planById.values()].flatMap((plan) =>
    plan.steps.flatMap((step, turn) => {
      const results = findResults(evidence, plan, turn);
      if (step === "edit") return [toEditEffect(evidence, { plan, turn }, results)];
      return listEffects(plan, turn).map((name, at) => ({
        name,
        told: toTold(results?.[at]),
        text: results?.[at]?.text ?? "",
        count: evidence.effects.get(name) ?? 0,
      }));
    }),
  );
}

/** An edit leaves its line in the session's file; done twice, it leaves it twice. */
function toEditEffect(
  evidence: Evidence,
  { plan, turn }: { plan: Plan; turn: number },
  results: SeenCall["toolResults"] | undefined,
): ToldEffect {
  const lines = (evidence.files.get(plan.id) ?? "").split("\n");
  const count = lines.filter((line) => line === toEditLine(turn)).length;
  const [result] = results ?? [];
  return { name: `${plan.id} ${toEditLine(turn)}`, told: toTold(result), text: result?.text ?? "", count };
}

/** The results of a turn come with the call of the next one. */
function findResults(evidence: Evidence, plan: Plan, turn: number): SeenCall["toolResults"] | undefined {
  const next = evidence.callsByPlan.get(plan.id)?.find((call) => call.turn === turn + 1);
  return next?.toolResults;
}

function toTold(result: SeenCall["toolResults"][number] | undefined): ToldEffect["told"] {
  if (result === undefined) return "unknown";
  if (/interrupted by a restart/.test(result.text)) return "unsure";
  return result.isError ? "failed" : "ok";
}
