import type { ApprovalView } from "../../contract/approval-operations.ts";
import type { SessionView } from "../../contract/shapes.ts";
import { needsYou, toGroups } from "./board-groups.ts";

/** What is on the screen beside the list. */
export type Mode =
  | { kind: "list" }
  /** All of what is asked; a key answers it. Its lines are of any length, `top` counts those on the screen. */
  | { kind: "ask"; approval: ApprovalView; lines: string[]; top: number }
  | { kind: "confirm"; question: string; act: BoardAct }
  | { kind: "write"; prompt: string; text: string; purpose: Purpose }
  | { kind: "page"; title: string; lines: string[]; top: number };

/** What a line that is written is for. */
export type Purpose = { kind: "resume"; id: string } | { kind: "deny"; approval: ApprovalView };

/** What is to be done outside of the board. */
export type BoardAct =
  | { kind: "open-ask"; id: string }
  | { kind: "answer"; approval: ApprovalView; verdict: "allow" | "deny"; always?: boolean; text?: string }
  | { kind: "read" | "diff" | "apply" | "stop"; id: string }
  | { kind: "attach"; id: string }
  | { kind: "resume"; id: string; message: string }
  | { kind: "quit" };

/** One question of a session. */
type Asked = Pick<ApprovalView, "session_id" | "number">;

export interface BoardState {
  sessions: readonly SessionView[];
  /** What was answered here and may still be told by a look that began before. */
  answered: readonly Asked[];
  /** Null: whatever is first, so that who needs a person is a key away. */
  selectedId: string | null;
  mode: Mode;
  /** The last thing that was said. */
  notice: string;
  /** Of the terminal. */
  columns: number;
  rows: number;
}

export const emptyBoard: BoardState = {
  sessions: [],
  answered: [],
  selectedId: null,
  mode: { kind: "list" },
  notice: "",
  columns: 80,
  rows: 24,
};

/** All sessions in the order in which they are shown. */
export function toRows(sessions: readonly SessionView[]): SessionView[] {
  return toGroups(sessions).flatMap((group) => group.sessions);
}

export function findSelected({ sessions, selectedId }: BoardState): SessionView | undefined {
  const rows = toRows(sessions);
  return rows.find(({ id }) => id === selectedId) ?? rows[0];
}

/** New sessions: one that a person chose stays selected, until it is gone or has been answered. */
export function withSessions(state: BoardState, told: readonly SessionView[]): BoardState {
  const { selectedId, mode } = state;
  const answered = state.answered.filter((asked) => told.some((session) => isAskedBy(session, asked)));
  const sessions = told.map((session) => withoutAsks(session, answered));
  const before = state.sessions.find(({ id }) => id === selectedId);
  const same = sessions.find(({ id }) => id === selectedId);
  const isAnswered = before !== undefined && needsYou(before) && same !== undefined && !needsYou(same);
  const stays = same !== undefined && !(mode.kind === "list" && isAnswered);
  return { ...state, sessions, answered, selectedId: stays ? selectedId : null };
}

/**
 * The first that needs a person is selected: answers follow each other without a key between them. What was
 * answered is taken off at once, before the daemon tells of it.
 */
export function afterAnswer(state: BoardState, asked: Asked, notice: string): BoardState {
  const answered = [...state.answered, asked];
  const sessions = state.sessions.map((session) => withoutAsks(session, answered));
  const selectedId = state.selectedId === asked.session_id ? null : state.selectedId;
  return { ...state, sessions, answered, notice, selectedId };
}

function withoutAsks(session: SessionView, answered: readonly Asked[]): SessionView {
  const own = answered.filter((asked) => asked.session_id === session.id);
  if (own.length === 0) return session;
  const approvals = session.approvals.filter((ask) => !own.some(({ number }) => number === ask.number));
  return { ...session, approvals };
}

function isAskedBy({ id, approvals }: SessionView, asked: Asked): boolean {
  return id === asked.session_id && approvals.some(({ number }) => number === asked.number);
}
