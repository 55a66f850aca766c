import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isRunning } from "../../../src/sandbox/recorded/process-mark.ts";
import { adoptRecorded, type RecordedProgram } from "../../../src/sandbox/recorded/recorded-program.ts";
import { readStart, toRunFolder } from "../../../src/sandbox/recorded/run-folder.ts";
import {
  createSharedPrograms,
  type LaneRequest,
  type SharedPrograms,
} from "../../../src/sandbox/recorded/shared-programs.ts";
import { findProcesses } from "../../../src/sandbox/sweep-processes.ts";

/** Answers "open" with a thread of the lane's name, says all else back to its thread, and tells what is parted. */
const talker = `
const say = (message) => console.log(JSON.stringify(message));
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === "open") say({ id, result: { thread: { id: params.name } } });
  else if (method === "die") process.exit(3);
  else if (method === "part") say({ method: "parted", params: { name: params.name } });
  else say({ method, params: { ...params, pid: process.pid } });
}).on("close", () => process.exit(0));
`;

let root: string;
let shared: SharedPrograms;
let programs: RecordedProgram[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "profclaw-shared-"));
  shared = createSharedPrograms(join(root, "shared"));
  programs = [];
});
afterEach(async () => {
  for (const program of programs) {
    if (program.state().kind === "running") await program.stop();
    program[Symbol.dispose]();
  }
  const marks = hosts().flatMap(({ start }) => [start?.recorder ?? [], start?.program ?? []].flat());
  killQuietly(...marks.map(({ pid }) => pid));
  // On a busy machine a killed one may write for a while yet, into a folder that is being removed.
  const deadline = Date.now() + 10_000;
  while (marks.some(isRunning) && Date.now() < deadline) await sleep(10);
  rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
});

function killQuietly(...pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}

function hosts() {
  const folder = join(root, "shared");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((kind) => readdirSync(join(folder, kind)).map((run) => toRunFolder(join(folder, kind, run))))
    .map((run) => ({ run, start: readStart(run) }));
}

async function open(name: string, more: Partial<LaneRequest> = {}): Promise<RecordedProgram> {
  const program = await shared.open({
    folder: join(root, name),
    argv: [process.execPath, "-e", talker],
    path: process.env["PATH"] ?? "",
    sessionId: name,
    environment: {},
    input: `${JSON.stringify({ id: `${name}:open`, method: "open", params: { name } })}\n`,
    abandonMs: 60_000,
    graceMs: 100,
    shared: {
      hello: `${JSON.stringify({ method: "hello", params: {} })}\n`,
      parting: `${JSON.stringify({ method: "part", params: { name: "{{THREAD}}" } })}\n`,
      idleMs: 60_000,
    },
    aloneAs: null,
    key: name,
    secrets: { PROFCLAW_TOKEN: "a secret" },
    ...more,
  });
  programs.push(program);
  return program;
}

const read = ({ folder }: RecordedProgram): string => readFileSync(folder.stdout, "utf8");

async function untilSaid(program: RecordedProgram, text: string): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!read(program).includes(text)) {
    if (Date.now() > deadline) throw new Error(`never said ${text}: ${read(program)}`);
    await sleep(10);
  }
}

const say = (name: string, text: string): string =>
  `${JSON.stringify({ method: "echo", params: { threadId: name, text } })}\n`;

test("lanes that are opened at once share one program, and each gets what is for it alone", async () => {
  const names = ["a", "b", "c", "d"];
  const lanes = await Promise.all(names.map((name) => open(name)));
  expect(hosts()).toHaveLength(1);
  for (const [at, lane] of lanes.entries()) {
    await untilSaid(lane, `${names[at]}:open`);
    lane.write("1", say(names[at] ?? "", `from ${names[at]}`));
    lane.write("1", say(names[at] ?? "", "twice"));
  }
  for (const [at, lane] of lanes.entries()) await untilSaid(lane, `from ${names[at]}`);
  for (const lane of lanes) expect(read(lane).trim().split("\n")).toHaveLength(2);
  expect(read(lanes[0] as RecordedProgram)).not.toContain("twice");
});

test("a lane's secrets are filled in on their way, and stand nowhere on the disk", async () => {
  const lane = await open("a");
  await untilSaid(lane, "a:open");
  lane.write("1", say("a", "{{PROFCLAW_TOKEN}} {{PROFCLAW_SESSION_ID}} {{OTHER}}"), [
    "PROFCLAW_TOKEN",
    "PROFCLAW_SESSION_ID",
  ]);
  await untilSaid(lane, "a secret a {{OTHER}}");
  const { folder } = lane;
  expect(existsSync(folder.secrets)).toBe(false);
  expect(readFileSync(folder.orders, "utf8")).not.toContain("a secret");
});

test("a lane that is closed or stopped is left by name, while the program goes on for the others", async () => {
  const [one, two, three] = [await open("a"), await open("b"), await open("c")];
  for (const [lane, name] of [
    [one, "a"],
    [two, "b"],
    [three, "c"],
  ] as const)
    await untilSaid(lane, `${name}:open`);
  one.closeInput();
  await two.stop();
  expect([one.state(), two.state()]).toMatchObject([
    { kind: "ended", end: { exitCode: 0, stopped: null } },
    { kind: "ended", end: { stopped: "asked" } },
  ]);
  const [host] = hosts();
  const deadline = Date.now() + 5_000;
  const parted = (): string[] => readFileSync(host?.run.stdout ?? "", "utf8").match(/"parted".*/g) ?? [];
  while (parted().length < 2 && Date.now() < deadline) await sleep(10);
  expect(parted().join()).toMatch(/"a".*"b"/);
  three.write("1", say("c", "still here"));
  await untilSaid(three, "still here");
});

test("where the program dies its lanes are told so, and the next lane gets another one", async () => {
  const lane = await open("a");
  await untilSaid(lane, "a:open");
  lane.write("1", `${JSON.stringify({ method: "die" })}\n`);
  const deadline = Date.now() + 5_000;
  while (lane.state().kind === "running" && Date.now() < deadline) await sleep(10);
  expect(lane.state()).toMatchObject({ kind: "ended", end: { exitCode: 3, stopped: "left" } });
  await untilSaid(await open("b"), "b:open");
  expect(hosts()).toHaveLength(2);
});

test("a program without a lane ends after its time; a lane that comes then begins in a new one", async () => {
  const brief = { hello: '{"method":"x"}\n', parting: "", idleMs: 400 };
  const lane = await open("a", { shared: brief });
  await untilSaid(lane, "a:open");
  lane.closeInput();
  const deadline = Date.now() + 8_000;
  while (!existsSync(hosts()[0]?.run.end ?? "") && Date.now() < deadline) await sleep(10);
  // The very moment at which it ends.
  await untilSaid(await open("b", { shared: brief }), "b:open");
  expect(await shared.tidy()).toBe(0);
});

/** A program whose daemon is gone, and perhaps taken over by another one, loses its last lane: true if it ends then. */
async function endsWithLane(name: string, isTaken: boolean): Promise<boolean> {
  const lane = await open(name, { environment: { NAME: name } });
  await untilSaid(lane, `${name}:open`);
  const { run } = hosts().find(({ run: { end } }) => !existsSync(end)) ?? {};
  writeFileSync(run?.holder ?? "", JSON.stringify({ pid: 1, startTime: "of another one" }));
  if (isTaken) expect(await createSharedPrograms(join(root, "shared")).tidy()).toBe(0);
  lane.closeInput();
  const deadline = Date.now() + (isTaken ? 1_500 : 5_000);
  while (!existsSync(run?.end ?? "") && Date.now() < deadline) await sleep(10);
  return existsSync(run?.end ?? "");
}

test("a program that an earlier daemon has left stays for a while after its last lane, as any other", async () => {
  expect([await endsWithLane("a", false), await endsWithLane("b", true)]).toEqual([true, false]);
});

test("a lane is adopted with all that it said; one that never began is not begun later", async () => {
  const lane = await open("a");
  await untilSaid(lane, "a:open");
  const adopted = await adoptRecorded(lane.folder.path, "a");
  adopted?.write("1", say("a", "adopted"));
  await untilSaid(lane, "adopted");
  expect(await adoptRecorded(join(root, "never"), "never")).toBe(null);
  expect(await shared.tidy()).toBe(0);
});

test("a lane whose program's recorder dies before it opens it is opened in another at once", async () => {
  await open("a");
  const [first] = hosts();
  const recorder = first?.start?.recorder.pid ?? 0;
  process.kill(recorder, "SIGSTOP");
  const opening = open("b");
  await sleep(100);
  process.kill(recorder, "SIGKILL");
  const from = performance.now();
  await opening;
  expect(performance.now() - from).toBeLessThan(8_000);
  expect(hosts().map(({ start }) => start?.recorder.pid)).not.toEqual([recorder]);
});

test("a program whose recorder was killed is gone before its lanes are given up, though it heeds no end of its stdin", async () => {
  const deaf = talker.replace("process.exit(0)", "setInterval(() => undefined, 1_000)");
  const lane = await open("a", { argv: [process.execPath, "-e", deaf] });
  await untilSaid(lane, "a:open");
  const [mark] = hosts().flatMap(({ start }) => start?.program ?? []);
  if (mark === undefined) throw new Error("there is no program");
  killQuietly(...hosts().flatMap(({ start }) => start?.recorder.pid ?? []));
  const deadline = Date.now() + 5_000;
  while (lane.state().kind === "running" && Date.now() < deadline) await sleep(10);
  expect(isRunning(mark)).toBe(true);
  await lane.stop();
  expect(isRunning(mark)).toBe(false);
});

test("what a program started for itself goes with it, for all its lanes, where its recorder was killed", async () => {
  const helping = `require("node:child_process").spawn("setsid", ["sleep", "3107"], { stdio: "ignore" });${talker}`;
  const lanes = [
    await open("a", { argv: [process.execPath, "-e", helping] }),
    await open("b", { argv: [process.execPath, "-e", helping] }),
  ];
  for (const lane of lanes) await untilSaid(lane, ":open");
  const [host] = hosts().flatMap(({ start }) => start ?? []);
  if (host === undefined) throw new Error("there is no program");
  const count = (): number => findProcesses([{ commandId: host.commandId, groupId: 0 }]).size;
  expect(count()).toBe(2);
  killQuietly(host.recorder.pid);
  const deadline = Date.now() + 5_000;
  while (lanes.some((lane) => lane.state().kind === "running") && Date.now() < deadline) await sleep(10);
  await Promise.all(lanes.map((lane) => lane.stop()));
  expect(count()).toBe(0);
});

test("another key or PATH is another program, and one that has to be alone shares with nobody", async () => {
  await open("a");
  await open("b", { environment: { KEY: "other" } });
  await open("c", { aloneAs: "c" });
  expect(hosts()).toHaveLength(3);
});
