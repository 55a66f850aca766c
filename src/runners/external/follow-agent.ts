import { open } from "node:fs/promises";
import { toDurationText } from "../../core/duration.ts";
import type { JournalEvent } from "../../core/journal.ts";
import { hideSessionTokens } from "../../core/session-token.ts";
import type { SessionEnd, SessionFault, SessionResult } from "../../core/session.ts";
import { createLineCutter, followOutput } from "../../sandbox/recorded/follow-output.ts";
import type { RecordedEnd } from "../../sandbox/recorded/run-folder.ts";
import { readNews } from "../agent/read-news.ts";
import type { RunContext } from "../runner.ts";
import { type AgentFold, createAgentFold } from "./agent-fold.ts";
import type { AgentNews, AgentOutcome, OutputReader } from "./driver.ts";
import { type MoneyWatch, watchMoney } from "./agent-money.ts";
import { type AgentTalk, openTalk } from "./agent-talk.ts";
import type { AgentProgram, ExternalParts } from "./agent-program.ts";

const pollMs = 250;
// Is it alive? Costs two reads of a small file.
const lookEveryMs = 500;
// STACK.md: lines of 10 MB were seen. A longer one is cut, and still known as what it is by its start.
const longestLine = 12 * 1024 * 1024;
const keptErrorBytes = 4_096;
const inlineLength = 32_768;

interface Following extends AgentProgram {
  parts: ExternalParts;
  context: RunContext;
  reader: OutputReader;
  fold: AgentFold;
  talk: AgentTalk;
  money: MoneyWatch;
}

type Steps = AsyncGenerator<readonly JournalEvent[], void, void>;

/** Reads an agent's output to its end and tells how it went. On cancel and clock the agent is ended. */
export async function* followAgent(parts: ExternalParts, context: RunContext, opened: AgentProgram): Steps {
  const { program, driver, journal } = opened;
  const launched = journal.findLastIndex(({ event }) => event.type === "agent-launch");
  const reader = driver.read(context.session, journal.slice(0, launched));
  const fold = createAgentFold(journal, parts.clock.now());
  const following = {
    ...opened,
    parts,
    context,
    reader,
    fold,
    talk: openTalk({ ...opened, reader }, context, parts),
    money: watchMoney(parts, context, driver),
  };
  try {
    yield* readToEnd(following);
  } finally {
    // A daemon that leaves is no reason: the next one goes on where this one stood.
    if (program.state().kind !== "ended" && !isLeaving(context)) await program.stop();
    following.talk[Symbol.dispose]();
    program[Symbol.dispose]();
  }
}

function isLeaving(context: RunContext): boolean {
  return context.signal.aborted ? context.signal.reason === "shutdown" : context.isDraining();
}

async function* readToEnd(following: Following): Steps {
  const { context, program, reader } = following;
  const watch = createWatch(following);
  const cutter = createLineCutter(longestLine);
  const output = followOutput({
    folder: program.folder,
    isOver: () => watch.isOver(),
    pollMs,
    signal: context.signal,
  });
  for await (const piece of output) {
    if (context.signal.aborted || context.isDraining()) break;
    if (piece === null && watch.isSilent()) {
      yield* endSilent(following);
      return;
    }
    if (piece === null) {
      yield* following.talk.pause();
      continue;
    }
    watch.heard();
    const news = cutter.add(hideSessionTokens(piece)).flatMap((line) => reader.line(line));
    yield* tell(following, news);
    const overrun = await following.money.findOverrun();
    if (overrun !== null && !program.hasEnd()) {
      yield* endOverrun(following, overrun);
      return;
    }
  }
  if (isLeaving(context)) return;
  if (context.signal.aborted) {
    yield* stopShort(following);
    return;
  }
  const news = cutter.rest().flatMap((line) => reader.line(line));
  yield* tell(following, news);
  const state = program.state();
  if (state.kind === "ended") yield* conclude(following, state.end);
  else yield* endLost(following);
}

/** Hands what an agent said to those who watch and to the journal. */
async function* tell(following: Following, news: readonly AgentNews[]): Steps {
  const { context, fold, parts, talk, program, money } = following;
  for (const one of news) {
    if (one.kind === "live") context.showLive(one.event);
    else if (one.kind === "write") program.write(one.id, one.text);
    else talk.heard(one);
    money.heard(one);
  }
  const events = fold.take(news, parts.clock.now());
  if (events.length > 0) yield events;
}

interface Watch {
  heard(): void;
  isSilent(): boolean;
  /** True once the program has ended, or nobody can tell any more. */
  isOver(): boolean;
}

function createWatch({ parts, context, program }: Following): Watch {
  const { clock } = parts;
  const mostMs = context.session.silenceMs ?? Number.POSITIVE_INFINITY;
  let [heardAt, lookedAt] = [clock.elapsedMs(), 0];
  let isOver = false;
  return {
    heard: () => void (heardAt = clock.elapsedMs()),
    isSilent: () => clock.elapsedMs() - heardAt > mostMs,
    isOver() {
      const now = clock.elapsedMs();
      if (isOver || context.signal.aborted || context.isDraining()) return true;
      if (now - lookedAt < lookEveryMs && !program.hasEnd()) return false;
      lookedAt = now;
      isOver = program.state().kind !== "running";
      return isOver;
    },
  };
}

async function* conclude(following: Following, end: RecordedEnd): Steps {
  const errors = await readErrors(following);
  const { news, outcome } = following.reader.end(end, errors);
  yield* tell(following, news);
  yield* deliverLate(following);
  yield [{ type: "session-end", end: await toSessionEnd(following, outcome) }];
}

/** Mail that came too late for it: kept in the journal, so that who wrote it can see where it went. */
async function* deliverLate({ context }: Following): Steps {
  for (;;) {
    const mail = await readNews(context, "stop");
    if (mail.length === 0) return;
    yield mail;
  }
}

async function toSessionEnd(following: Following, outcome: AgentOutcome): Promise<SessionEnd> {
  if (outcome.kind === "completed") {
    const result = await toResult(following, outcome.text);
    const { structured } = outcome;
    const shape = structured === undefined ? {} : { structured };
    return { status: "completed", reason: "end-turn", result: { ...result, ...shape } };
  }
  const { reason, fault, text } = outcome;
  const result = text === "" ? null : { ...(await toResult(following, text)), truncated: true };
  return { status: "failed", reason, error: fault, result };
}

async function toResult({ context }: Following, text: string): Promise<SessionResult> {
  if (text.length <= inlineLength) return { text, truncated: false, artifacts: [] };
  const artifact = await context.putArtifact("result.txt", text);
  return { text: text.slice(0, inlineLength), truncated: true, artifacts: [artifact] };
}

/** Its recorder died with it or without it: nobody knows what it did last. What is left of it is ended. */
async function* endLost(following: Following): Steps {
  const result = yield* stopShort(following);
  const detail =
    "Its recorder was killed, or the machine was restarted, and how it ended is not known. Resume it, or spawn it again.";
  const error = { code: "lost", detail };
  yield [{ type: "session-end", end: { status: "interrupted", reason: "lost", error, result } }];
}

async function* endSilent(following: Following): Steps {
  const result = yield* stopShort(following);
  const { silenceMs } = following.context.session;
  const detail = `It printed nothing for ${toDurationText(silenceMs ?? 0)}. Give a timeout to let it be silent for longer.`;
  const error = { code: "timeout", detail };
  yield [{ type: "session-end", end: { status: "timed_out", reason: "timeout", error, result } }];
}

async function* endOverrun(following: Following, error: SessionFault): Steps {
  const result = yield* stopShort(following);
  yield [{ type: "session-end", end: { status: "failed", reason: "budget", error, result } }];
}

type PartialSteps = AsyncGenerator<readonly JournalEvent[], SessionResult | null, void>;

const unknownEnd: RecordedEnd = {
  exitCode: null,
  signal: null,
  notStarted: null,
  stopped: "asked",
  cutBytes: 0,
  endedAt: 0,
};

/** Ends it, and keeps what it had said by then. */
async function* stopShort(following: Following): PartialSteps {
  await following.program.stop();
  const { news, outcome } = following.reader.end(unknownEnd, "");
  yield* tell(following, news);
  if (outcome.text === "") return null;
  return { ...(await toResult(following, outcome.text)), truncated: true };
}

async function readErrors({ program }: Following): Promise<string> {
  const file = await open(program.folder.stderr, "r");
  try {
    const { size } = await file.stat();
    const length = Math.min(size, keptErrorBytes);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8");
  } finally {
    await file.close();
  }
}
