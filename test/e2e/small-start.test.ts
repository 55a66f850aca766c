import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createStage } from "../support/e2e/stage.ts";

const built = fileURLToPath(new URL("../../dist/cli", import.meta.url));
const preload = fileURLToPath(new URL("../support/e2e/note-modules.mjs", import.meta.url));

function readBuilt(): string[] {
  const files = readdirSync(built).filter((name) => name.endsWith(".cjs"));
  return files.map((name) => readFileSync(join(built, name), "utf8"));
}

test("the command line asks for no module of Node by its exports, which would load all that it has", () => {
  const texts = readBuilt();
  expect(texts.length).toBeGreaterThan(50);
  expect(texts.filter((text) => /\b(require\(|from )"node:/.test(text))).toEqual([]);
  expect(texts.filter((text) => text.includes('process.getBuiltinModule("node:')).length).toBeGreaterThan(10);
});

test("what it has of others goes with their licences", () => {
  const parsers = readBuilt().filter((text) => text.includes("// node_modules/commander/lib/command.js"));
  expect(parsers.length).toBeGreaterThan(0);
  const licence = /^\/\* commander\n\(The MIT License\)\n\nCopyright \(c\) 2011 TJ Holowaychuk/m;
  for (const parser of parsers) expect(parser).toMatch(licence);
});

test("a spawn that is refused has loaded no package", async () => {
  await using stage = await createStage({});
  const folder = join(stage.root, "loaded");
  mkdirSync(folder);
  await stage.run(["up"]);
  const refused = await stage.run(["agent", "spawn", "--agent", "nosuch", "--task", "x"], {
    env: { NODE_OPTIONS: `--import ${preload}`, NOTED_MODULES: folder },
  });
  expect(refused.stderr).toContain('Agent "nosuch" is not here.');
  expect(readdirSync(folder)).toEqual([]);
});

test("what the daemon's own files refuse is told as what it is", async () => {
  await using stage = await createStage({});
  await stage.run(["up"]);
  const held = await stage.run(["serve", "--port", "0"]);
  expect(held.stderr).toMatch(/^profclaw: Another daemon holds .*\n  See it: profclaw status\n/);
  expect(held.stderr).not.toContain("wrong inside");
});
