import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { forgetThreads } from "../../../src/runners/external/codex/forget-threads.ts";
import { noteThread } from "../../../src/runners/external/thread-notes.ts";
import { type RunOwner, tidyRuns } from "../../../src/runners/external/tidy-runs.ts";

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "profclaw-threads-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const toId = (digit: string): string => `01a1ff7b-8424-7b91-b94c-${digit.repeat(12)}`;
const [one, two, other] = [toId("1"), toId("2"), toId("3")] as const;

/** A thread as codex 0.169 keeps it; `of`: the one that it is a copy of. */
function keep(codexHome: string, thread: string, of?: string): string {
  const isArchived = thread === two;
  const folder = isArchived ? "archived_sessions" : "sessions/2026/11/21";
  mkdirSync(join(codexHome, folder), { recursive: true });
  const file = join(codexHome, folder, `rollout-2026-11-21T19-00-49-${thread}.jsonl`);
  const base = of === undefined ? {} : { forked_from_id: of, history_base: { thread_id: of } };
  const head = { type: "session_meta", payload: { id: thread, ...base } };
  const said = { type: "response_item", payload: { text: `it speaks of ${one}` } };
  writeFileSync(file, `${JSON.stringify(head)}\n${JSON.stringify(said)}\n`);
  return file;
}

test("threads are deleted wherever they are kept, and no others", async () => {
  const codexHome = createFolder();
  const files = [keep(codexHome, one), keep(codexHome, two), keep(codexHome, other)];
  const place = { codexHome, program: undefined, path: "", settings: {} };
  expect(await forgetThreads(place, [one, two, "*", "../../x", ""])).toEqual(new Set());
  expect(files.map((file) => existsSync(file))).toEqual([false, false, true]);
  expect(await forgetThreads({ ...place, codexHome: join(codexHome, "nowhere") }, [one])).toEqual(new Set());
});

test("the program that keeps them is asked to, and what it leaves is deleted all the same", async () => {
  const codexHome = createFolder();
  const file = keep(codexHome, one);
  const program = join(codexHome, "codex");
  writeFileSync(program, '#!/bin/sh\necho "$CODEX_HOME $NEEDED $*" > asked.txt\nexit 1\n', { mode: 0o755 });
  const settings = { NEEDED: "yes", CODEX_HOME: "/elsewhere" };
  await forgetThreads({ codexHome, program, path: "/usr/bin:/bin", settings }, [one]);
  expect(existsSync(file)).toBe(false);
  expect(readFileSync(join(codexHome, "asked.txt"), "utf8")).toBe(`${codexHome} yes delete --force ${one}\n`);
});

test("what a copy was made of stays as long as that copy, and goes with it in the end", async () => {
  const codexHome = createFolder();
  const runsFolder = createFolder();
  const files = [keep(codexHome, one), keep(codexHome, two, one)];
  for (const [session, thread] of [
    ["source", one],
    ["copy", two],
  ] as const) {
    mkdirSync(join(runsFolder, session, "1"), { recursive: true });
    noteThread(join(runsFolder, session, "1"), thread);
    noteThread(join(runsFolder, session, "1"), thread);
  }
  const owners: Record<string, RunOwner> = { source: "gone", copy: "ended" };
  const tidy = (): Promise<number> =>
    tidyRuns({
      runsFolder,
      ownerOf: async (id) => owners[id] ?? "gone",
      forgetThreads: (threads) =>
        forgetThreads({ codexHome, program: undefined, path: "", settings: {} }, threads),
    });
  await tidy();
  expect(files.map((file) => existsSync(file))).toEqual([true, true]);
  // What the deleted session's agent printed is gone at once.
  expect([existsSync(join(runsFolder, "source", "1")), existsSync(join(runsFolder, "source"))]).toEqual([
    false,
    true,
  ]);
  owners["copy"] = "gone";
  await tidy();
  await tidy();
  expect(files.map((file) => existsSync(file))).toEqual([false, false]);
  expect(existsSync(join(runsFolder, "source")) || existsSync(join(runsFolder, "copy"))).toBe(false);
});
