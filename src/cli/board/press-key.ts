import { toShortId } from "../../core/id.ts";
import { type SessionStatus, isEndStatus } from "../../core/session.ts";
import { type BoardAct, type BoardState, type Mode, findSelected, toRows } from "./board-state.ts";
import { type Key, readPaste } from "./keys.ts";
import { toPageLines } from "./page-lines.ts";

/** What a key makes of the board, and what is to be done. */
export interface Pressed {
  state: BoardState;
  act: BoardAct | null;
}

type In<Kind extends Mode["kind"]> = Extract<Mode, { kind: Kind }>;

const steps: Readonly<Record<string, number>> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  "page-up": -10,
  "page-down": 10,
  " ": 10,
  home: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
};

const mostChrome = 5;

/** Pure: what one key does. */
export function pressKey(state: BoardState, key: Key): Pressed {
  if (key === "ctrl-c") return { state, act: { kind: "quit" } };
  const { mode } = state;
  switch (mode.kind) {
    case "list":
      return pressInList({ ...state, notice: "" }, key);
    case "ask":
      return pressInAsk(state, mode, key);
    case "confirm":
      return close(state, key === "y" ? mode.act : null, key === "y" ? "" : "Nothing was done.");
    case "write":
      return pressInLine(state, mode, key);
    case "page":
      return scroll(state, mode, key);
  }
}

function pressInList(state: BoardState, key: Key): Pressed {
  const step = steps[key];
  if (step !== undefined) return { state: select(state, step), act: null };
  if (key === "q" || key === "ctrl-d") return { state, act: { kind: "quit" } };
  const session = findSelected(state);
  if (session === undefined) return { state, act: null };
  const { id, status } = session;
  const act = listActs[key];
  if (act !== undefined) return act(state, { id, status, asks: session.approvals.length });
  return { state, act: null };
}

interface Chosen {
  id: string;
  status: SessionStatus;
  asks: number;
}

type ListAct = (state: BoardState, chosen: Chosen) => Pressed;

const answerIt: ListAct = (state, { id, asks }) =>
  asks > 0 ? { state, act: { kind: "open-ask", id } } : say(state, "It asks nothing.");

const readIt: ListAct = (state, { id }) => ({ state, act: { kind: "read", id } });

const listActs: Readonly<Record<string, ListAct>> = {
  a: answerIt,
  r: readIt,
  enter: (state, chosen) => (chosen.asks > 0 ? answerIt : readIt)(state, chosen),
  d: (state, { id }) => ({ state, act: { kind: "diff", id } }),
  f: (state, { id }) => ({ state, act: { kind: "attach", id } }),
  p: (state, { id }) =>
    confirm(state, `Apply what ${toShortId(id)} changed to your folder?`, { kind: "apply", id }),
  s: (state, { id, status }) =>
    isEndStatus(status)
      ? say(state, "It has ended.")
      : confirm(state, `Stop ${toShortId(id)} and all that it spawned?`, { kind: "stop", id }),
  g: (state, { id, status }) =>
    isEndStatus(status)
      ? write(state, `What more is ${toShortId(id)} to do?`, { kind: "resume", id })
      : say(state, "It has not ended. Write to it: profclaw agent send"),
};

function pressInAsk(state: BoardState, mode: In<"ask">, key: Key): Pressed {
  const { approval } = mode;
  if (key === "y") return close(state, { kind: "answer", approval, verdict: "allow" });
  if (key === "n") return close(state, { kind: "answer", approval, verdict: "deny" });
  if (key === "A" && approval.rule !== null) {
    return close(state, { kind: "answer", approval, verdict: "allow", always: true });
  }
  if (key === "t") return write(state, "No; what to do instead?", { kind: "deny", approval });
  return scroll(state, mode, key);
}

function pressInLine(state: BoardState, mode: In<"write">, key: Key): Pressed {
  const { text, purpose } = mode;
  if (key === "escape") return close(state, null, "Nothing was sent.");
  if (key === "enter") return sendLine(state, purpose, text.trim());
  const next = key === "backspace" ? dropLast(text) : key === "ctrl-u" ? "" : text + toTyped(key);
  return { state: { ...state, mode: { ...mode, text: next } }, act: null };
}

/** Names of keys are longer than a character, which may be of two units. */
function toTyped(key: Key): string {
  return readPaste(key) ?? (/^.$/u.test(key) ? key : "");
}

function dropLast(text: string): string {
  return Array.from(text).slice(0, -1).join("");
}

function sendLine(state: BoardState, purpose: In<"write">["purpose"], text: string): Pressed {
  if (text === "") return close(state, null, "Nothing was sent: there was no text.");
  if (purpose.kind === "resume") return close(state, { kind: "resume", id: purpose.id, message: text });
  return close(state, { kind: "answer", approval: purpose.approval, verdict: "deny", text });
}

function scroll(state: BoardState, mode: In<"ask"> | In<"page">, key: Key): Pressed {
  const step = steps[key];
  if (step === undefined) {
    const leaves = key === "escape" || key === "q" || (key === "enter" && mode.kind === "page");
    return leaves ? close(state, null) : { state, act: null };
  }
  const { length } = toPageLines(mode.lines, state.columns);
  // Its title and its foot take some lines: the last ones of the text are at the bottom, not at the top.
  const last = length - Math.max(1, state.rows - mostChrome);
  const top = Math.max(0, Math.min(last, mode.top + step));
  return { state: { ...state, mode: { ...mode, top } }, act: null };
}

function select(state: BoardState, step: number): BoardState {
  const rows = toRows(state.sessions);
  const at = rows.findIndex(({ id }) => id === findSelected(state)?.id);
  const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
  return { ...state, selectedId: next?.id ?? null };
}

function close(state: BoardState, act: BoardAct | null, notice = ""): Pressed {
  return { state: { ...state, mode: { kind: "list" }, notice }, act };
}

function say(state: BoardState, notice: string): Pressed {
  return { state: { ...state, notice }, act: null };
}

function confirm(state: BoardState, question: string, act: BoardAct): Pressed {
  return { state: { ...state, mode: { kind: "confirm", question, act } }, act: null };
}

function write(state: BoardState, prompt: string, purpose: In<"write">["purpose"]): Pressed {
  return { state: { ...state, mode: { kind: "write", prompt, text: "", purpose } }, act: null };
}
