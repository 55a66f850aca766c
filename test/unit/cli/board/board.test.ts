import { createColors } from "picocolors";
import { expect, test } from "vitest";
import {
  type BoardState,
  afterAnswer,
  emptyBoard,
  withSessions,
} from "../../../../src/cli/board/board-state.ts";
import { createKeyReader, parseKeys } from "../../../../src/cli/board/keys.ts";
import { pressKey } from "../../../../src/cli/board/press-key.ts";
import { renderBoard } from "../../../../src/cli/board/render-board.ts";
import { toTextWidth } from "../../../../src/cli/text-width.ts";
import type { ApprovalView } from "../../../../src/contract/approval-operations.ts";
import type { SessionView } from "../../../../src/contract/shapes.ts";
import { sampleSession } from "../sample-session.ts";

const until = "2026-07-01T10:10:00.000Z";

function session(number: number, changes: Partial<SessionView> = {}): SessionView {
  return sampleSession({ id: `${String(number).padStart(8, "0")}-0000-4000-8000-000000000000`, ...changes });
}

function asking(number: number): SessionView {
  const ask = { number: 1, tool: "bash", what: "bash: npm install", until, link: `/a/${number}` };
  return session(number, { status: "waiting", reason: "approval", approvals: [ask] });
}

function approvalOf({ id }: SessionView): ApprovalView {
  return { session_id: id, number: 1, rule: null } as ApprovalView;
}

function press(state: BoardState, ...keys: string[]) {
  let pressed: ReturnType<typeof pressKey> = { state, act: null };
  for (const key of keys) pressed = pressKey(pressed.state, key);
  return pressed;
}

function draw(state: BoardState, columns = 100, rows = 30): string[] {
  const colors = createColors(false);
  return renderBoard({
    state,
    size: { columns, rows },
    nowMs: Date.parse("2026-07-01T10:00:05.000Z"),
    colors,
  });
}

const ended = { ended_at: "2026-07-01T10:00:04.000Z" };

test("who needs a person is first and selected, then what works, what is done, what failed", () => {
  const state = withSessions(emptyBoard, [
    session(1, { status: "failed", ...ended }),
    session(2, { status: "completed", ...ended }),
    session(3),
    asking(4),
  ]);
  const text = draw(state).join("\n");
  const places = ["NEEDS YOU 1", "00000004", "WORKING 1", "00000003", "DONE 1", "FAILED 1"].map((part) =>
    text.indexOf(part),
  );
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
  expect(text).toMatch(/▸ 00000004.*bash: npm install/);
});

test("five of twenty that need a person are answered in ten keys", () => {
  let sessions = Array.from({ length: 20 }, (_, at) => (at % 4 === 0 ? asking(at) : session(at)));
  let state = withSessions(emptyBoard, sessions);
  let keys = 0;
  const answered: string[] = [];
  while (sessions.some(({ approvals }) => approvals.length > 0)) {
    const opened = press(state, "a");
    if (opened.act?.kind !== "open-ask") throw new Error("nothing was opened");
    const { id } = opened.act;
    const approval = approvalOf(session(Number(id.slice(0, 8))));
    const asked = { ...opened.state, mode: { kind: "ask" as const, approval, lines: ["x"], top: 0 } };
    const yes = press(asked, "y");
    keys += 2;
    expect(yes.act).toMatchObject({ kind: "answer", verdict: "allow", approval: { session_id: id } });
    answered.push(id);
    sessions = sessions.map((one) => (one.id === id ? { ...one, status: "running", approvals: [] } : one));
    state = withSessions(afterAnswer(yes.state, { session_id: id, number: 1 }, "allowed"), sessions);
  }
  expect(new Set(answered).size).toBe(5);
  expect(keys).toBeLessThanOrEqual(15);
});

test("stop and apply want a yes, and any other key is a no", () => {
  const state = withSessions(emptyBoard, [session(1)]);
  expect(press(state, "s").act).toBeNull();
  expect(press(state, "s", "y").act).toMatchObject({ kind: "stop" });
  expect(press(state, "s", "x").act).toBeNull();
  expect(press(state, "p", "enter").act).toBeNull();
  expect(press(state, "p", "y").act).toMatchObject({ kind: "apply" });
});

test("a text is written with its blanks and corrections; escape and an empty one send nothing", () => {
  const state = withSessions(emptyBoard, [session(1, { status: "completed", ...ended })]);
  const keys = parseKeys("gfix  it nowx\u007f\r");
  expect(press(state, ...keys).act).toMatchObject({ kind: "resume", message: "fix  it now" });
  expect(press(state, ...parseKeys("gabc\u001b")).act).toBeNull();
  expect(press(state, ...parseKeys("g   \r")).act).toBeNull();
  expect(press(withSessions(emptyBoard, [session(1)]), "g").state.notice).toContain("not ended");
});

test("until a person moves, who needs one is selected, also if it comes later", () => {
  const before = withSessions(emptyBoard, [session(1)]);
  expect(press(withSessions(before, [session(1), asking(2)]), "a").act).toMatchObject({ id: asking(2).id });
});

test("the selection stays with its session while others come and go, and never leaves the list", () => {
  const first = withSessions(emptyBoard, [session(1), session(2), session(3)]);
  const second = press(first, "down").state;
  const before = second.selectedId;
  const later = withSessions(second, [asking(9), session(1), session(2), session(3)]);
  expect(later.selectedId).toBe(before);
  expect(press(later, "up", "up", "up", "up").state.selectedId).toBe(asking(9).id);
  expect(withSessions(later, []).selectedId).toBeNull();
  expect(press(withSessions(later, []), "s", "d", "a", "enter").act).toBeNull();
});

test.each([
  [100, 30],
  [40, 8],
  [20, 5],
])("a frame of %i by %i is never larger than the terminal, whatever the texts", (columns, rows) => {
  const task = `${"日本語 ".repeat(300)}\u001b[2J\u0007\n\r`;
  const sessions = Array.from({ length: 200 }, (_, at) => session(at, { task, activity: task }));
  const state = { ...withSessions(emptyBoard, sessions), notice: task };
  const lines = draw(press(state, ...Array.from({ length: 150 }, () => "down")).state, columns, rows);
  expect(lines).toHaveLength(rows);
  for (const line of lines) {
    expect(toTextWidth(line)).toBeLessThanOrEqual(columns);
    expect(line).not.toMatch(/\p{Cc}/u);
  }
  expect(lines.join("\n")).toContain("▸");
});

test("keys that a terminal sends together are told apart, and unknown ones are no letters", () => {
  expect(parseKeys("a\u001b[Bq\u001b[5~\u001b[15~é\u0001日")).toEqual([
    "a",
    "down",
    "q",
    "page-up",
    "é",
    "日",
  ]);
});

test("on a narrow terminal each row has one text: what is asked, else the task; every key is in sight", () => {
  const task = "review the login";
  const lines = draw(withSessions(emptyBoard, [asking(1), session(2, { task })]), 40, 12);
  expect(lines[1]).toBe("▸ 00000001  bash: npm install");
  expect(lines[3]).toBe("  00000002  review the login");
  expect(lines.slice(-4).join("\n")).toContain("q leave");
});

test("a row says what came of it, and never its task twice", () => {
  const result = { text: "Two bugs.\nThe first", truncated: false, artifacts: [] };
  const done = session(1, { name: "find", status: "completed", result, ...ended });
  const queued = session(2, { name: "wait", status: "queued", started_at: null });
  const text = draw(withSessions(emptyBoard, [done, queued])).join("\n");
  expect(text).toMatch(/completed +find +Two bugs\. The first/);
  expect(text.match(/wait/g)).toHaveLength(1);
});

test("what is asked is all there at any width, broken at blanks, and after the terminal has changed", () => {
  const command = `rm -rf ${"a-very-long-folder-name ".repeat(8)}and-the-last-word`;
  const mode = {
    kind: "ask" as const,
    approval: approvalOf(session(1)),
    lines: [`    command: ${command}`],
    top: 0,
  };
  for (const columns of [100, 40, 25]) {
    const lines = draw({ ...emptyBoard, sessions: [asking(1)], mode, columns }, columns, 40).slice(1, -4);
    const shown = lines.join(" ").replaceAll(/\s+/g, " ").trim();
    expect(shown).toContain(`command: ${command}`.slice(0, 20));
    expect(lines.join("")).toContain("and-the-last-word");
    expect(lines.join("\n")).not.toContain("…");
  }
});

test("a page is scrolled to its last line on a terminal of any width, and home is its first", () => {
  const lines = ["x".repeat(500), "the end"];
  const mode = { kind: "page" as const, title: "t", lines, top: 0 };
  const state = { ...emptyBoard, columns: 40, rows: 10, mode };
  const end = press(state, "end").state;
  expect(draw(end, 40, 10).join("\n")).toContain("the end");
  expect(press(end, "home").state.mode).toMatchObject({ top: 0 });
});

test("the end of a long page fills the screen, and one key up is a line up", () => {
  const lines = Array.from({ length: 100 }, (_, at) => `line ${at}.`);
  const mode = { kind: "page" as const, title: "t", lines, top: 0 };
  const state = { ...emptyBoard, columns: 40, rows: 20, mode };
  const end = press(state, "end").state;
  const shown = draw(end, 40, 20).join("\n");
  expect(shown).toContain("line 99.");
  expect(shown).toContain("line 85.");
  expect(draw(press(end, "up").state, 40, 20)[1]).not.toBe(draw(end, 40, 20)[1]);
});

test("what is pasted is text on one line where one is written, and nothing anywhere else", () => {
  const state = withSessions(emptyBoard, [session(1, { status: "completed", ...ended })]);
  const read = createKeyReader();
  const pieces = ["g\u001b[200~fix this\ns", "yntax\r\ny too\u001b[20", "1~!\r"];
  const keys = pieces.flatMap((piece) => read(piece));
  expect(press(state, ...keys).act).toMatchObject({ kind: "resume", message: "fix this syntax y too!" });
  expect(press(state, ...createKeyReader()("\u001b[200~sy\u001b[201~")).act).toBeNull();
  const asked = {
    ...state,
    mode: { kind: "ask" as const, approval: approvalOf(session(1)), lines: ["x"], top: 0 },
  };
  expect(press(asked, ...createKeyReader()("\u001b[200~y\u001b[201~")).act).toBeNull();
});

test("a line that is written keeps its end in sight, however wide its characters, and loses whole ones", () => {
  const state = withSessions(emptyBoard, [session(1, { status: "completed", ...ended })]);
  const written = press(state, "g", ...Array.from({ length: 60 }, () => "日"), "x", "👍");
  const line = draw(written.state, 40, 10).at(-1) ?? "";
  expect(toTextWidth(line)).toBeLessThan(40);
  expect(line).toMatch(/日x👍█$/);
  expect(press(written.state, "backspace", "enter").act).toMatchObject({ message: `${"日".repeat(60)}x` });
});

test("a question and a refusal are whole on a narrow terminal, with the keys in sight", () => {
  const state = withSessions(emptyBoard, [session(1)]);
  const asked = draw(press(state, "s").state, 40, 12).join(" ");
  expect(asked.replaceAll(/\s+/g, " ")).toContain("and all that it spawned? [y/n]");
  const notice =
    "Session 00000001 works in /home/somebody/project itself. See it by git -C /home/somebody/project";
  const lines = draw({ ...state, notice }, 40, 14);
  expect(lines.join("").replaceAll(" ", "")).toContain(notice.replaceAll(" ", ""));
  expect(lines.join("\n")).toContain("q leave");
});

test("an ask is shown with the task of its session", () => {
  const one = { ...asking(1), task: "mend the login" };
  const mode = { kind: "ask" as const, approval: approvalOf(one), lines: ["x"], top: 0 };
  expect(draw({ ...withSessions(emptyBoard, [one]), mode })[0]).toBe("Allow this? mend the login");
});

test("sessions that were spawned together stand in their order", () => {
  const text = draw(withSessions(emptyBoard, [session(3), session(2), session(1)])).join("\n");
  expect(text).toMatch(/00000001[^]*00000002[^]*00000003/);
});

test("an answer leaves alone what a person has begun meanwhile, and where they have gone", () => {
  const state = withSessions(emptyBoard, [asking(1), asking(2), session(3)]);
  const moved = press(state, "end", "s").state;
  const after = afterAnswer(moved, { session_id: asking(1).id, number: 1 }, "allowed");
  expect(after).toMatchObject({ mode: { kind: "confirm" }, selectedId: session(3).id, notice: "allowed" });
});

test("a look that began before an answer does not bring the question back; the next question of that session comes", () => {
  const state = withSessions(emptyBoard, [asking(1), asking(2)]);
  const after = afterAnswer(state, approvalOf(asking(1)), "allowed");
  const late = withSessions(after, [asking(1), asking(2)]);
  expect(press(late, "a").act).toEqual({ kind: "open-ask", id: asking(2).id });
  const told = withSessions(late, [session(1), asking(2)]);
  expect(told.answered).toEqual([]);
  const [ask] = asking(1).approvals;
  const more = { ...asking(1), approvals: ask === undefined ? [] : [ask, { ...ask, number: 2 }] };
  expect(withSessions(late, [more]).sessions[0]?.approvals.map(({ number }) => number)).toEqual([2]);
});
