import { describe, expect, test } from "vitest";
import { commandTable } from "../../../src/cli/command-table.ts";
import { splitLine } from "../../../src/cli/completion/split-line.ts";
import { findCommand } from "../../../src/cli/find-command.ts";
import { runWords } from "../../../src/cli/main.ts";
import { createCapturedContext } from "./captured-context.ts";

/** The words of an example after `profclaw`, to the next command of the shell's. */
function toWords(example: string): string[] {
  const own = example.slice(example.indexOf("profclaw ")).replace(/( [|>&]|\)).*$/, "");
  return splitLine(own).slice(1);
}

test("there are commands to walk", () => {
  expect(commandTable.length).toBeGreaterThan(30);
  expect(new Set(commandTable.map(({ name }) => name)).size).toBe(commandTable.length);
});

const groups = new Set(
  commandTable.flatMap(({ name }) => {
    const [first = ""] = name.split(" ");
    return commandTable.some((entry) => entry.name === first) ? [] : [first];
  }),
);

test.each([...groups])("profclaw %s alone shows examples, then its commands", async (group) => {
  const { context, out } = createCapturedContext();
  expect(await runWords([group], context)).toBe(0);
  const help = out();
  const example = help.indexOf(`  profclaw ${group} `);
  expect(example).toBeGreaterThan(-1);
  expect(example).toBeLessThan(help.indexOf("Commands"));
  for (const { name } of commandTable.filter((entry) => entry.name.startsWith(`${group} `))) {
    expect(help).toContain(`\n  ${name} `);
  }
});

describe.each([...commandTable])("profclaw $name", (entry) => {
  const { name } = entry;

  test("its help begins with an example, describes every flag and every word, and ends with 0", async () => {
    const { examples, flags, places } = await (await entry.load()).shape();
    expect(examples.length).toBeGreaterThan(0);
    for (const one of [...flags, ...places])
      expect(one.description.length, JSON.stringify(one)).toBeGreaterThan(3);
    expect(flags.map(({ long }) => long)).toEqual(expect.arrayContaining(["--json", "--help"]));
    const { context, out, talk } = createCapturedContext({ PROFCLAW_NO_AUTOSTART: "1" });
    expect([await runWords([...name.split(" "), "--help"], context), talk()]).toEqual([0, ""]);
    const help = out();
    expect(help.trimStart().startsWith(examples[0] ?? "none")).toBe(true);
    for (const { long } of flags) expect(help).toContain(long);
    expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  test("what its examples show can be typed", async () => {
    const { examples } = await (await entry.load()).shape();
    expect(examples.some((example) => example.includes(`profclaw ${name}`) || name.endsWith(" show"))).toBe(
      true,
    );
    for (const example of examples) {
      const typed = findCommand(toWords(example));
      if (typed.kind !== "command") throw new Error(`${example} is no command`);
      const { flags } = await (await typed.entry.load()).shape();
      const given = typed.argv.filter((word) => word.startsWith("-") && word !== "--");
      const unknown = given.filter(
        (word) => !flags.some(({ long, short }) => word === long || word === short),
      );
      expect(unknown, example).toEqual([]);
    }
  });

  test("a flag that is not there is exit 2, told on stderr alone; with --json as a problem", async () => {
    const words = [...name.split(" "), "--no-such-flag"];
    const plain = createCapturedContext({ PROFCLAW_NO_AUTOSTART: "1" });
    expect([await runWords(words, plain.context), plain.out()]).toEqual([2, ""]);
    expect(plain.talk()).toContain("--no-such-flag");
    const asJson = createCapturedContext({ PROFCLAW_NO_AUTOSTART: "1" });
    expect([await runWords([...words, "--json"], asJson.context), asJson.out()]).toEqual([2, ""]);
    expect(JSON.parse(asJson.talk())).toMatchObject({ code: "invalid-request", hint: expect.any(String) });
  });
});
