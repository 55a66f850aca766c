import { expect, test } from "vitest";
import { agentWays } from "../../../src/runners/external/agent-book.ts";
import { isAble, toLackText } from "../../../src/runners/external/agent-ways.ts";
import { type ExecAgent, toExecWays } from "../../../src/runners/external/exec-driver.ts";

const program: ExecAgent = {
  name: "reviewer",
  command: ["my-reviewer", "--model={model}"],
  output: "text",
  env: {},
  level: "full",
};

test("a program takes what its command has a place for, and a budget only if it can say what it costs", () => {
  const text = { ways: toExecWays(program) };
  const lines = { ways: toExecWays({ ...program, output: "json-lines" }) };
  expect([isAble(text, "model"), isAble(text, "effort")]).toEqual([true, false]);
  expect([isAble(text, "budget_usd"), isAble(lines, "budget_usd")]).toEqual([false, true]);
});

test("what is lacking is told with each reason once, and nothing is said of what is there", () => {
  const agent = { ways: toExecWays(program) };
  expect(toLackText(agent, ["effort", "schema", "tools"])).toBe(
    ": its command has no place for {effort}; such a program has no way to be told",
  );
  expect(toLackText(agent, ["model"])).toBe("");
});

test("every way of an agent that we know is a word that a table can hold", () => {
  for (const ways of Object.values(agentWays)) {
    const words = Object.values(ways).map((way) => ("by" in way ? way.by : way.lacks));
    expect(words.filter((word) => word === "" || /[|\n]/.test(word))).toEqual([]);
  }
});
