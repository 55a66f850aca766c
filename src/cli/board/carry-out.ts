import type { Client } from "../../client/create-client.ts";
import { randomId, toShortId } from "../../core/id.ts";
import { ProfclawError } from "../../core/errors.ts";
import { renderApproval } from "../approval-text.ts";
import { toChangesText, toFileLine } from "../changes-text.ts";
import { toPlainText, toVisibleText } from "../plain-text.ts";
import { type BoardAct, type BoardState, type Mode, afterAnswer } from "./board-state.ts";

export type Outcome = (state: BoardState) => BoardState;

type Doable = Exclude<BoardAct, { kind: "quit" | "attach" }>;
type ActOf<Kind extends Doable["kind"]> = Extract<Doable, { kind: Kind }>;

export interface Doing {
  client: Client;
  nowMs: () => number;
}

/** Does what a key asked for; answers what the board is then. Never rejects: a refusal is said on the board. */
export async function carryOut(act: Doable, doing: Doing): Promise<Outcome> {
  try {
    return await start(act, doing);
  } catch (error) {
    const hint = error instanceof ProfclawError && error.hint !== undefined ? ` ${error.hint}` : "";
    const notice = `${error instanceof Error ? error.message : String(error)}${hint}`;
    return (state) => ({ ...state, notice });
  }
}

function start(act: Doable, doing: Doing): Promise<Outcome> {
  switch (act.kind) {
    case "open-ask":
      return openAsk(act, doing);
    case "answer":
      return answer(act, doing);
    case "read":
      return read(act.id, doing);
    case "diff":
      return diff(act.id, doing);
    case "apply":
      return apply(act.id, doing);
    case "stop":
      return stop(act.id, doing);
    case "resume":
      return resume(act, doing);
  }
}

async function openAsk({ id }: ActOf<"open-ask">, { client, nowMs }: Doing): Promise<Outcome> {
  const { approvals } = await client.listApprovals({ session: id, limit: 1 });
  const [first] = approvals;
  if (first === undefined) return say("It asks nothing any more.");
  const approval = await client.getApproval({ id: first.session_id, n: String(first.number) });
  // The ways to answer at the end are keys here.
  const lines = renderApproval(approval, nowMs()).slice(0, -2);
  return show({ kind: "ask", approval, lines, top: 0 });
}

async function answer(act: ActOf<"answer">, { client }: Doing): Promise<Outcome> {
  const { approval, verdict, always, text } = act;
  const answered = await client.answerApproval({
    id: approval.session_id,
    n: String(approval.number),
    sha256: approval.sha256,
    idempotency_key: randomId(),
    verdict,
    ...(always === true ? { always } : {}),
    ...(text === undefined ? {} : { text }),
  });
  const notice = `${toShortId(approval.session_id)} #${approval.number}: ${answered.status}`;
  return (state) => afterAnswer(state, approval, notice);
}

async function read(id: string, { client }: Doing): Promise<Outcome> {
  const result = await client.getSessionResult({ id });
  const said = result.result?.text ?? "";
  const why = result.error === null ? [] : [`${result.error.code}: ${result.error.detail}`, ""];
  const log = said === "" ? await client.getSessionLog({ id, tail: 200 }) : "";
  return page(
    `${toShortId(id)} ${result.status}`,
    [...why, said === "" ? log : said].join("\n"),
    toPlainText,
  );
}

async function diff(id: string, { client }: Doing): Promise<Outcome> {
  const { files, patch } = await client.getSessionDiff({ id });
  const text = [...files.map(toFileLine), "", patch].join("\n");
  return page(`${toShortId(id)}: ${toChangesText(files)}`, text, toVisibleText);
}

async function apply(id: string, { client }: Doing): Promise<Outcome> {
  const { files, origin } = await client.applySession({ id });
  return say(
    files.length === 0 ? `All of it is in ${origin} already.` : `${toChangesText(files)} in ${origin}.`,
  );
}

async function stop(id: string, { client }: Doing): Promise<Outcome> {
  const { status } = await client.cancelSession({ id });
  return say(`${toShortId(id)}: ${status}`);
}

async function resume({ id, message }: ActOf<"resume">, { client }: Doing): Promise<Outcome> {
  await client.resumeSession({ id, message });
  return say(`${toShortId(id)} goes on.`);
}

function page(title: string, text: string, toSafe: (text: string) => string): Outcome {
  const safe = toSafe(text).trimEnd();
  return show({ kind: "page", title, lines: safe === "" ? ["Nothing."] : safe.split("\n"), top: 0 });
}

function say(notice: string): Outcome {
  return (state) => ({ ...state, notice });
}

/** Who has begun something else meanwhile is left to it: a key for that must not answer what comes up in its place. */
function show(mode: Mode): Outcome {
  return (state) => (state.mode.kind === "list" ? { ...state, mode } : state);
}
