import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { normalise } from "../walkthrough/normalise.ts";
import { plain, type Row } from "../walkthrough/screen.ts";
import { renderRun, type Shot } from "./render-run.ts";
import { type Scene, scenes } from "./scenes.ts";
import { openRecordedStage, type RecordedStage } from "./stage.ts";

/*
 * `npm run triangulation`: makes docs/triangulation-run.md from a real run of the built program on this repository, with
 * a simulated model. `-- --check` makes it elsewhere and ends with 1 if it is another than that there is.
 */

const page = join(import.meta.dirname, "../../docs/triangulation-run.md");

const { values } = parseArgs({ options: { check: { type: "boolean" } } });
await using stage = await openRecordedStage();
const shots: Shot[] = [];
for (const scene of scenes) shots.push(await play(scene, stage));
const text = renderRun(await normaliseShots(shots, stage));
if (values.check !== true) writeFileSync(page, text);
else if (readFileSync(page, "utf8") !== text) {
  process.stderr.write("docs/triangulation-run.md is another now: npm run triangulation\n");
  process.exitCode = 1;
}

async function play({ title, text: said, type }: Scene, on: RecordedStage): Promise<Shot> {
  process.stderr.write(`${title} …\n`);
  const command = await fill(type, on);
  return { title, text: said, command, output: await on.type(command) };
}

/** `{synthesizer}`, `{skeptic}`: the short id of the session with that role; `{port}`: the daemon's. */
async function fill(command: string, on: RecordedStage): Promise<string> {
  if (!command.includes("{")) return command;
  const ids = new Map((await on.sessions()).map(({ id, role }) => [role ?? "", id.slice(0, 8)]));
  return command
    .replace("{port}", String(on.port()))
    .replaceAll(/\{(\w+)\}/g, (_, role: string) => ids.get(role) ?? "");
}

/** Ids, times and folders the same for every run, in what is typed as in what is printed. */
async function normaliseShots(made: readonly Shot[], on: RecordedStage): Promise<Shot[]> {
  const sessions = await on.sessions();
  const ids = [
    ...new Set(sessions.flatMap(({ id, batch_id: batch }) => [id, ...(batch === null ? [] : [batch])])),
  ];
  const findings = [...new Set(made.flatMap(({ output }) => output.match(/\bf-[0-9a-f]{10}\b/g) ?? []))];
  const places = [
    ...on.places(),
    ...findings.map((id, at): [string, string] => [
      id,
      `f-${createHash("sha256").update(`finding ${at}`).digest("hex").slice(0, 10)}`,
    ]),
    [`:${on.port()}`, ":3000"] as [string, string],
  ];
  const change = (text_: string): string => toText(normalise(toRows(text_), { ids, places }));
  return made.map((shot) => ({ ...shot, command: change(shot.command), output: change(shot.output) }));
}

function toRows(printed: string): Row[] {
  return printed.split("\n").map((line) => line.split("").map((character) => ({ character, style: plain })));
}

function toText(rows: readonly Row[]): string {
  return rows
    .map((row) =>
      row
        .map(({ character }) => character)
        .join("")
        .trimEnd(),
    )
    .join("\n");
}
