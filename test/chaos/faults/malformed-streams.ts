import { createArena } from "../arena/arena.ts";
import { finish } from "../arena/rest-of-life.ts";
import { defineFault } from "../define-fault.ts";
import { toBreaches } from "../invariants/breach.ts";
import type { Evidence } from "../invariants/evidence.ts";
import { toReport } from "../invariants/figure-text.ts";
import { findBreaches } from "../invariants/find-breaches.ts";
import { makePlans } from "../model/make-plans.ts";
import type { Accident, Plan } from "../model/plan.ts";
import type { Random } from "../random.ts";

const sizes = { short: 8, full: 80 };
const accidents: readonly [Accident, ...Accident[]] = [
  "cut",
  "early-end",
  "malformed",
  "error-event",
  "empty",
  "error-500",
  "error-529",
  "wild-usage",
];

export const malformedStreams = defineFault({
  name: "malformed-streams",
  promise: ["P1", "P2"],
  figure: "answers that are cut, end early, are no JSON, carry an error or name absurd usage",
  async run(context) {
    const count = sizes[context.scale] * (context.rounds ?? 1);
    await using arena = await createArena({ build: context.build });
    const daemon = arena.launch();
    await daemon.ready();
    const plans = makePlans(context.random, count, "m");
    for (const plan of plans) spoil(context.random, plan);
    await arena.submit(plans);
    const evidence = await finish(arena, daemon, 120_000);
    const spoiled = evidence.calls.filter(({ outcome }) => outcome !== "answered").length;
    const breaches = [
      // Nobody would guess a good answer from a broken one; and an absurd count is no count.
      ...findBreaches(evidence, { isUsageWild: true }),
      ...toBreaches("the ledger holds sane numbers only", listInsane(evidence)),
    ];
    return toReport(`${spoiled} calls spoiled`, evidence, breaches);
  },
});

/** About one turn in three goes wrong once or twice. */
function spoil(random: Random, plan: Plan): void {
  plan.accidents = {};
  for (let turn = 0; turn <= plan.steps.length; turn += 1) {
    if (!random.chance(1 / 3)) continue;
    const count = random.int(1, 2);
    plan.accidents[turn] = Array.from({ length: count }, () => random.pick(accidents));
  }
}

function listInsane({ rows }: Evidence): string[] {
  return rows.ledger
    .filter(({ input, output, costMicroUsd }) =>
      [input, output, costMicroUsd ?? 0].some(
        (count) => !Number.isSafeInteger(count) || count < 0 || count > 1e15,
      ),
    )
    .map((row) => JSON.stringify(row));
}
