import type { FlowStep } from "./flow.ts";

type Node = Pick<FlowStep, "id" | "needs">;

/** Steps that wait for each other, from one of them back to it; undefined if there are none. */
export function findCycle(steps: readonly Node[]): string[] | undefined {
  const left = new Map(steps.map((step) => [step.id, step]));
  for (;;) {
    const free = [...left.values()].filter(({ needs }) => needs.every((need) => !left.has(need)));
    if (free.length === 0) break;
    for (const { id } of free) left.delete(id);
  }
  const [start] = left.keys();
  return start === undefined ? undefined : walkBack(left, start);
}

/** Every step that is left needs one that is left: walking along comes back to one that was seen. */
function walkBack(left: ReadonlyMap<string, Node>, start: string): string[] {
  const seen: string[] = [];
  let at = start;
  while (!seen.includes(at)) {
    seen.push(at);
    at = left.get(at)?.needs.find((need) => left.has(need)) ?? at;
  }
  return [...seen.slice(seen.indexOf(at)), at];
}

/** In an order in which each comes after all that it needs. */
export function toOrdered(steps: readonly FlowStep[]): FlowStep[] {
  const ordered: FlowStep[] = [];
  const done = new Set<string>();
  while (ordered.length < steps.length) {
    const next = steps.filter(({ id, needs }) => !done.has(id) && needs.every((need) => done.has(need)));
    if (next.length === 0) break;
    for (const step of next) done.add(step.id);
    ordered.push(...next);
  }
  return ordered;
}
