import { toDurationText } from "../../core/duration.ts";
import type { JournalEvent } from "../../core/journal.ts";
import { hideSessionTokens } from "../../core/session-token.ts";
import type { SessionFault, SessionResult } from "../../core/session.ts";
import { createLineCutter, followOutput } from "../../sandbox/recorded/follow-output.ts";
import type { RecordedEnd } from "../../sandbox/recorded/run-folder.ts";
import type { RunContext } from "../runner.ts";
import { type AgentFold, createAgentFold } from "./agent-fold.ts";
import type { AgentNews, AgentOutcome, OutputReader, Unkept } from "./driver.ts";
import { joinLive } from "./join-live.ts";
import { noteThread } from "./thread-notes.ts";
import { sayFarewell } from "./say-farewell.ts";
import { type MoneyWatch, watchMoney } from "./agent-money.ts";
import { readErrors } from "./read-errors.ts";
import { unknownEnd } from "./judge-exit.ts";
import { priceNews } from "./price-news.ts";
import { toResult, toSessionEnd } from "./agent-end.ts";
import { deliverLate, hearMore } from "./late-mail.ts";
import { isLeft, toAnew, toMove } from "./left-program.ts";
import { type AgentTalk, openTalk } from "./agent-talk.ts";
import { type AgentAsks, openAsks } from "./agent-asks.ts";
import { type AgentWatch, createWatch } from "./agent-watch.ts";
import type { AgentProgram, ExternalParts } from "./agent-program.ts";
import { measureAgent } from "./measure-agent.ts";

const pollMs = 250;
// STACK.md: lines of 10 MB were seen. A longer one is cut, and still known as what it is by its start.
const longestLine = 12 * 1024 * 1024;

interface Following extends AgentProgram {
  parts: ExternalParts;
  context: RunContext;
  reader: OutputReader;
  fold: AgentFold;
  talk: AgentTalk;
  money: MoneyWatch;
  asks: AgentAsks;
  watch: AgentWatch;
  /** Bytes of its output that were read. */
  readBytes: number;
  /** True: it lives on, and its session waits without a slot. */
  isParked: boolean;
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
    asks: openAsks({ ...opened, reader }, context, parts),
    watch: createWatch(parts, context, { program, reader }),
    readBytes: 0,
    isParked: false,
  };
  using _measuring = measureAgent(parts.memory, context.session.agent, program);
  try {
    yield* readToEnd(following);
  } finally {
    // A daemon that leaves is no reason: the next one goes on where this one stood.
    following.talk[Symbol.dispose]();
    if (!following.isParked) await letGo(following);
  }
}

async function letGo({ program, context }: Following): Promise<void> {
  if (program.state().kind !== "ended" && !isLeaving(context)) await program.stop();
  program[Symbol.dispose]();
}

function isLeaving(context: RunContext): boolean {
  return context.signal.aborted ? context.signal.reason === "shutdown" : context.isDraining();
}

async function* readToEnd(following: Following): Steps {
  const { context, program, reader, watch } = following;
  const cutter = createLineCutter(longestLine);
  const output = followOutput({
    folder: program.folder,
    isOver: () => watch.isOver(),
    onRead: (bytes) => void (following.readBytes += bytes),
    pollMs,
    signal: context.signal,
    // Mail is to reach it at once, not when it says something next.
    listen: (ring) => following.parts.bell.listen(context.session.id, ring),
  });
  for await (const piece of output) {
    if (context.signal.aborted || context.isDraining()) break;
    if (piece === null) {
      if (yield* pause(following)) return;
      continue;
    }
    watch.heard();
    context.noteStarted?.();
    const news = joinLive(cutter.add(hideSessionTokens(piece)).flatMap((line) => reader.line(line)));
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
  if (isLeft(following, state) && (yield* move(following))) return;
  if (state.kind === "ended") yield* conclude(following, state.end);
  else yield* endLost(following);
}

/** All that it has printed is read. Answers true if the run is over, or over for now. */
async function* pause(following: Following): AsyncGenerator<readonly JournalEvent[], boolean, void> {
  const { asks, watch, talk, parts, context, program } = following;
  if (watch.isSilent()) {
    yield* endSilent(following);
    return true;
  }
  const answered = await asks.settle();
  if (answered.length > 0) yield answered;
  const waiting = asks.open();
  if (waiting.length === 0) {
    yield* talk.pause();
    return false;
  }
  const untilMs = Math.min(...waiting.map((ask) => ask.untilMs));
  // It may have more to do than the call that waits, and another run of us begins with reading all it has said.
  if (!watch.isQuiet() && parts.clock.now() < untilMs) return false;
  parts.parked.keep(context.session.id, program, following.readBytes);
  following.isParked = true;
  yield [{ type: "wait-start", wait: { on: "approval", untilMs, asks: waiting } }];
  return true;
}

/** Hands what an agent said to those who watch and to the journal. */
async function* tell(following: Following, said: readonly AgentNews[]): Steps {
  const { context, fold, parts, talk, program, money, asks } = following;
  const news = await priceNews(context.session.provider, said);
  for (const one of news) {
    if (one.kind === "live") context.showLive(one.event);
    else if (one.kind === "write") program.write(one.id, one.text, one.fill);
    else talk.heard(one);
    if (one.kind === "thread") noteThread(program.folder.path, one.thread);
    money.heard(one);
  }
  const events = fold.take(news, parts.clock.now());
  if (events.length > 0) yield events;
  const asked = await asks.take(news);
  if (asked.length > 0) yield asked;
}

/** Its shared program is gone. Answers true if it had answered by then, or goes on in another one. */
async function* move(following: Following): AsyncGenerator<readonly JournalEvent[], boolean, void> {
  const { journal, parts, program, reader } = following;
  const event = toMove(journal, parts.clock.now());
  if (event === null) return false;
  if (program.state().kind !== "ended") await program.stop();
  const { news, outcome } = reader.end(unknownEnd, "");
  yield* tell(following, news);
  // What is answered and paid is not asked for again.
  if (outcome.kind === "completed") yield* settle(following, outcome);
  else yield [event];
  return true;
}

async function* conclude(following: Following, end: RecordedEnd): Steps {
  const errors = await readErrors(following.program);
  const { news, outcome } = following.reader.end(end, errors);
  yield* tell(following, news);
  yield* settle(following, outcome);
}

async function* settle(following: Following, outcome: AgentOutcome | Unkept): Steps {
  if (outcome.kind === "unkept") {
    yield [toAnew(following.parts.clock.now())];
    return;
  }
  const more = await hearMore(following, following, outcome);
  if (more.length > 0) {
    yield more;
    return;
  }
  yield* deliverLate(following.context);
  yield [{ type: "session-end", end: await toSessionEnd(following.context, outcome) }];
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
  const patience = following.reader.patience?.() ?? null;
  if (patience?.fault === null) {
    yield* endDone(following);
    return;
  }
  const result = yield* stopShort(following);
  if (patience !== null) {
    const { fault: error } = patience;
    yield [{ type: "session-end", end: { status: "failed", reason: "agent-error", error, result } }];
    return;
  }
  const { silenceMs } = following.context.session;
  const detail = `It printed nothing for ${toDurationText(silenceMs ?? 0)}. Give a timeout to let it be silent for longer.`;
  const error = { code: "timeout", detail };
  yield [{ type: "session-end", end: { status: "timed_out", reason: "timeout", error, result } }];
}

async function* endOverrun(following: Following, error: SessionFault): Steps {
  const result = yield* stopShort(following);
  yield [{ type: "session-end", end: { status: "failed", reason: "budget", error, result } }];
}

/** It has said all and does not leave: it is ended, and judged by what it said. */
async function* endDone(following: Following): Steps {
  await following.program.stop();
  yield* conclude(following, { ...unknownEnd, exitCode: 0 });
}

type PartialSteps = AsyncGenerator<readonly JournalEvent[], SessionResult | null, void>;

/** Ends it, and keeps what it had said by then. */
async function* stopShort(following: Following): PartialSteps {
  await sayFarewell(following.reader, following.program);
  await following.program.stop();
  const { news, outcome } = following.reader.end(unknownEnd, "");
  yield* tell(following, news);
  if (outcome.text === "") return null;
  return { ...(await toResult(following.context, outcome.text)), truncated: true };
}
