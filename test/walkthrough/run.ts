import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { normalise } from "./normalise.ts";
import { renderPage } from "./render-page.ts";
import { type Scene, scenes } from "./scenes.ts";
import { type Row, plain } from "./screen.ts";
import { type WalkStage, columns, openWalkStage } from "./stage.ts";
import { toSvg } from "./to-svg.ts";

/*
 * `npm run walkthrough`: makes docs/walkthrough.md and its pictures from real runs of the built program on
 * scripted models. `-- --check` makes them elsewhere and ends with 1 if they are others than those there are.
 */

const docs = fileURLToPath(new URL("../../docs", import.meta.url));

const { values } = parseArgs({ options: { check: { type: "boolean" } } });
await using stage = await openWalkStage();
const files = new Map<string, string>([["walkthrough.md", renderPage(scenes)]]);
const kept: Record<string, string> = {};
for (const scene of scenes) {
  process.stderr.write(`${scene.name} …\n`);
  files.set(join("walkthrough", `${scene.name}.svg`), await play(scene, stage));
}
process.exitCode = values.check === true ? compare() : write();

async function play(scene: Scene, on: WalkStage): Promise<string> {
  for (const { type, keepAs } of scene.before ?? []) {
    const text = toText(await on.type(fill(type)));
    if (keepAs !== undefined) kept[keepAs] = text.slice(0, 8);
  }
  const rows: Row[] = [];
  for (const shot of scene.shots) {
    const command = fill(shot.type);
    const shown = trimRows(await on.type(command, shot.until));
    if (rows.length > 0) rows.push([]);
    rows.push(...toPrompt(command), ...shown);
  }
  return toSvg(normalise(rows, { ids: on.ids(), places: on.places() }), columns);
}

/** `{pin}` is what was kept under that name. */
function fill(command: string): string {
  return command.replaceAll(/\{(\w+)\}/g, (_, name: string) => kept[name] ?? "");
}

function toText(rows: readonly Row[]): string {
  return rows
    .map((row) => row.map(({ character }) => character).join(""))
    .join("\n")
    .trim();
}

function isFull(row: Row): boolean {
  return row.some(({ character }) => character !== " ");
}

function trimRows(rows: readonly Row[]): Row[] {
  return rows.slice(rows.findIndex(isFull), rows.findLastIndex(isFull) + 1);
}

/** What is typed, folded as a person would, before its flags. */
function toPrompt(command: string): Row[] {
  const parts = command.length <= columns - 2 ? [command] : command.split(/ (?=--task|--tools)/);
  return parts.map((part, index) => {
    const end = index < parts.length - 1 ? " \\" : "";
    return `${index === 0 ? "$ " : "    "}${part}${end}`.split("").map((character, at) => ({
      character,
      style: { ...plain, isBold: true, color: at === 0 && index === 0 ? "green" : null },
    }));
  });
}

function write(): number {
  rmSync(join(docs, "walkthrough"), { recursive: true, force: true });
  mkdirSync(join(docs, "walkthrough"));
  for (const [name, text] of files) writeFileSync(join(docs, name), text);
  process.stderr.write(`${files.size} files in ${docs}\n`);
  return 0;
}

function compare(): number {
  const there = [
    "walkthrough.md",
    ...readdirSync(join(docs, "walkthrough")).map((name) => join("walkthrough", name)),
  ];
  const others = [...new Set([...there, ...files.keys()])].filter(
    (name) => !there.includes(name) || readFileSync(join(docs, name), "utf8") !== files.get(name),
  );
  for (const name of others) process.stderr.write(`${name} is another now\n`);
  return others.length === 0 ? 0 : 1;
}
