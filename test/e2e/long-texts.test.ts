import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { JournalEntryView } from "../../src/contract/shapes.ts";
import { collectEvents } from "../support/e2e/event-reader.ts";
import type { Program } from "../support/e2e/program.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;

afterEach(() => stage.close());

const line = "a line of an agent that prints what it does, again and again";
const agents = {
  terse: toAgent("sleep 1; echo begin; echo the last line", "text"),
  wordy: toAgent(`sleep 1; echo begin; yes '${line}' | head -c 30000000; echo the last line`, "text"),
  // What a program says as one line of 10 MB.
  dense: toAgent(
    `sleep 1; printf '{"text":"begin '; head -c 10000000 /dev/zero | tr '\\0' x; echo ' the last line"}'`,
    "json-lines",
  ),
};

function toAgent(script: string, output: string): object {
  return { command: ["sh", "-c", script], level: "auto", output };
}

async function start(): Promise<void> {
  stage = await createStage();
  mkdirSync(stage.state, { mode: 0o700 });
  writeFileSync(join(stage.state, "config.yaml"), JSON.stringify({ agents }), { mode: 0o600 });
  await stage.run(["up"]);
}

async function spawnOf(agent: keyof typeof agents): Promise<string> {
  const { sessions } = await stage.spawn({ sessions: [{ task: "t", agent }] });
  return sessions[0]?.id ?? "";
}

/** Its highest resident memory until it ends, MB. */
async function watchPeak(program: Program): Promise<number> {
  let peak = 0;
  const look = (): void => void (peak = Math.max(peak, readPeakMb(program.pid)));
  const timer = setInterval(look, 20);
  await program.ended.finally(() => clearInterval(timer));
  return peak;
}

/** 0 once it is gone. */
function readPeakMb(pid: number): number {
  try {
    const found = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(found ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

/** What a turn said. */
function toTurnText(events: readonly JournalEntryView[]): string {
  const { data } = events.find(({ type }) => type === "turn-end") ?? { data: { content: [] } };
  return (data as { content: { text: string }[] }).content[0]?.text ?? "";
}

test("a reader has every text whole, unless it asks for short ones: those say how much is left out", async () => {
  await start();
  const id = await spawnOf("wordy");
  await stage.untilEnded([id], 60_000);
  const path = `/api/agents/sessions/${id}/events`;
  const read = async (query: string): Promise<JournalEntryView[]> =>
    (await stage.rest(`${path}${query}`)).json<{ events: JournalEntryView[] }>().events;
  const [whole, short] = [await read(""), await read("?longest_text=2000")];
  expect(toTurnText(whole).length).toBeGreaterThan(8_000_000);
  expect(whole.map(({ cut_characters: cut }) => cut ?? 0)).toEqual(whole.map(() => 0));
  expect(toTurnText(short)).toMatch(/^begin\n[^]*\n\[… \d+ characters left out …\]\n[^]*printed\]$/);
  const cut = short.find(({ type }) => type === "turn-end")?.cut_characters ?? 0;
  expect(toTurnText(short).length + cut).toBe(toTurnText(whole).length);
  expect(short.map(({ seq, type }) => [seq, type])).toEqual(whole.map(({ seq, type }) => [seq, type]));
  const streamed = async (query: string): Promise<unknown> =>
    (await collectEvents(`${stage.url()}${path}${query}`)).map(({ data }) => JSON.parse(data) as unknown);
  expect(await streamed("?longest_text=2000")).toEqual(short);
  expect(await streamed("")).toEqual(whole);
  const refused = await stage.rest(`${path}?longest_text=0`);
  expect([refused.status, refused.json<{ pointer?: string }>()]).toEqual([
    422,
    expect.objectContaining({ code: "invalid-request" }),
  ]);
}, 90_000);

test("agent logs and logs -f --json print a long text whole; logs -f its beginning and end, and what prints all", async () => {
  await start();
  const id = await spawnOf("dense");
  await stage.untilEnded([id], 60_000);
  const [past, followed, json, last] = await Promise.all([
    stage.run(["agent", "logs", id]),
    stage.run(["agent", "logs", "-f", id]),
    stage.run(["agent", "logs", "-f", "--json", id]),
    stage.run(["agent", "logs", "-f", "--tail", "1", id]),
  ]);
  expect([past.exitCode, followed.exitCode, json.exitCode, last.exitCode]).toEqual([0, 0, 0, 0]);
  expect(past.stdout.length).toBeGreaterThan(8_000_000);
  expect(followed.stdout).toMatch(
    /begin x+\n.*left out[^]*characters more were printed.\n +all of it: profclaw agent logs [0-9a-f]{8}\n/,
  );
  expect(followed.stdout.length).toBeLessThan(70_000);
  const entries = json.stdout.trim().split("\n");
  expect(toTurnText(entries.map((entry) => JSON.parse(entry) as JournalEntryView)).length).toBeGreaterThan(
    8_000_000,
  );
  expect(last.stdout).toMatch(/^\d\d:\d\d:\d\d {2}completed \(end-turn\)\n$/);
}, 90_000);

test("what looks on in little memory leaves the cache of compiled code to all commands as it was", async () => {
  await start();
  const id = await spawnOf("terse");
  await stage.untilEnded([id]);
  const env = { NODE_COMPILE_CACHE: join(stage.root, "compiled"), NODE_DEBUG_NATIVE: "COMPILE_CACHE" };
  // One that finds nothing loads what tells of failures when all else is done.
  const unknown = "0".repeat(8);
  const commands = [
    ["agent", "attach", id],
    ["agent", "logs", "-f", id],
    ["agent", "attach", unknown],
    ["agent", "sessions"],
  ];
  const seen: string[] = [];
  for (const words of [...commands, ...commands, ...commands]) {
    const { stdout, stderr, exitCode } = await stage.run(words, { env });
    expect([words, exitCode]).toEqual([words, words.includes(unknown) ? 5 : 0]);
    seen.push(`${stdout}${stderr}`);
  }
  for (const told of seen.slice(commands.length)) {
    expect(told).toContain("was accepted");
    expect(told).not.toContain("was rejected");
  }
}, 60_000);

test.runIf(process.platform === "linux")(
  "who looks on takes no more memory for 30 MB of output, or a line of 10 MB, than for a word",
  async () => {
    await start();
    const peaks: number[] = [];
    for (const agent of ["terse", "wordy", "dense"] as const) {
      const id = await spawnOf(agent);
      const viewers = [["attach"], ["logs", "-f"]].map((words) =>
        stage.start(["agent", ...words, id], { withinMs: 60_000 }),
      );
      peaks.push(...(await Promise.all(viewers.map(watchPeak))));
      for (const { exitCode, stdout } of await Promise.all(viewers.map(({ ended }) => ended))) {
        expect(exitCode).toBe(0);
        expect(stdout).toContain("begin");
        if (agent !== "terse")
          expect(stdout).toMatch(/characters left out[^]*all of it: profclaw agent logs/);
      }
    }
    const terse = Math.max(...peaks.slice(0, 2));
    // A text of 8 MB that came whole would take 40 MB.
    for (const peak of peaks) expect(peak - terse, peaks.join(", ")).toBeLessThan(20);
  },
  120_000,
);
