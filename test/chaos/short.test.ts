import { describe, expect, test } from "vitest";
import { allFaults } from "./all-faults.ts";
import type { Fault } from "./define-fault.ts";
import { agentKills } from "./faults/agent-kills.ts";
import { brokenNetwork } from "./faults/broken-network.ts";
import { failpoints } from "./faults/failpoints.ts";
import { mailStorm } from "./faults/mail-storm.ts";
import { overloadWall } from "./faults/overload-wall.ts";
import { randomKills } from "./faults/random-kills.ts";
import { parseRunArguments } from "./run-arguments.ts";
import { runFaults } from "./run-faults.ts";

// Fixed, so that a run that fails can be had again: npm run chaos -- --short --seed 20 --faults …
const seed = 20;

/** Nothing broke; a skipped fault would prove nothing here. */
async function expectKept(fault: Fault): Promise<void> {
  const said: string[] = [];
  const wish = { seed, scale: "short", rounds: null, log: (text: string) => said.push(text) } as const;
  const [run] = await runFaults([fault], wish);
  expect(run?.report, said.join("\n")).toMatchObject({ kind: "ran", breaches: [] });
}

// Each has daemons of its own and waits more than it works.
describe.concurrent("the promises, in short", () => {
  test("kill -9 at random moments", () => expectKept(randomKills), 120_000);
  test(
    "kill -9 of agents that are programs, of their recorders and their daemon",
    () => expectKept(agentKills),
    120_000,
  );
  test("kill -9 before and after every kind of journal event", () => expectKept(failpoints), 120_000);
  test("a network that breaks", () => expectKept(brokenNetwork), 120_000);
  test("mail of many, with readers and the daemon killed", () => expectKept(mailStorm), 120_000);
  test("a provider that answers 529 for a while", () => expectKept(overloadWall), 120_000);
});

describe("what is asked for", () => {
  test("a fault that there is not is an error with the list of those there are", () => {
    const refused = parseRunArguments(["--faults", "random-kills,nonsense"], allFaults);
    expect(refused).toMatchObject({ kind: "refused" });
    expect(JSON.stringify(refused)).toContain(
      'There is no fault \\"nonsense\\". There are: random-kills, failpoints',
    );
  });

  test.each([["--seed", "-1"], ["--seed", "x"], ["--rounds", "1.5"], ["--nonsense"], ["stray"]])(
    "%s %s is refused",
    (...args) => {
      expect(parseRunArguments(args, allFaults).kind).toBe("refused");
    },
  );

  test("without a seed one is picked", () => {
    const runs = [1, 2].map(() => parseRunArguments([], allFaults));
    const [first, second] = runs.map((run) => (run.kind === "run" ? run.seed : null));
    expect(first).not.toBe(second);
  });
});
