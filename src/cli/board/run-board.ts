import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../../client/create-client.ts";
import type { CliContext } from "../context.ts";
import { linkAndGreet } from "../daemon-link.ts";
import { toNewAskLines } from "../needs-you.ts";
import { attachSessions } from "../attach/attach-sessions.ts";
import { type BoardAct, type BoardState, emptyBoard, withSessions } from "./board-state.ts";
import { carryOut } from "./carry-out.ts";
import { keepLastLook, readLastLook } from "./last-look.ts";
import { pressKey } from "./press-key.ts";
import { type BoardReader, createBoardReader } from "./read-board.ts";
import { renderBoard } from "./render-board.ts";
import { keepYoungHeapSmall } from "../small-heap.ts";
import { type Screen, type ScreenStreams, openScreen } from "./screen.ts";

const pollMs = 300;
const longestPollMs = 1_000;

/** Bare `profclaw` on a terminal: a live board, until a person leaves it. */
export async function runBoard(context: CliContext, streams: ScreenStreams = process): Promise<number> {
  const client = await linkAndGreet(context);
  using _heap = keepYoungHeapSmall();
  const nowMs = (): number => context.clock.now();
  const reader = createBoardReader(client, { sinceMs: readLastLook(context.paths.home, nowMs()), nowMs });
  const board = new Board({ client, reader }, context, streams);
  try {
    await board.run();
    return 0;
  } finally {
    board[Symbol.dispose]();
    await keepLastLook(context.paths.home, reader.seenUntilMs());
    client.close();
  }
}

class Board {
  private state: BoardState = emptyBoard;
  private readonly client: Client;
  private readonly reader: BoardReader;
  private readonly context: CliContext;
  private readonly screen: Screen;
  private readonly streams: ScreenStreams;
  private readonly over = new AbortController();
  private readonly told = new Set<string>();
  private isAway = false;
  /** What is its own as long as no session is followed: Ctrl-C, and the talk of all that it calls. */
  private hold: Disposable;
  /** Acts, one after the other, in the order of their keys. */
  private acts: Promise<void> = Promise.resolve();
  private fail: (error: unknown) => void = () => undefined;

  constructor(
    { client, reader }: { client: Client; reader: BoardReader },
    context: CliContext,
    streams: ScreenStreams,
  ) {
    this.client = client;
    this.reader = reader;
    this.context = context;
    this.streams = streams;
    this.screen = openScreen(streams, {
      onKey: (key) => this.press(key),
      onResize: () => this.draw(),
    });
    this.hold = this.takeHold();
  }

  async run(): Promise<void> {
    using _end = onEnd(() => this.over.abort());
    const leaving = new Promise<void>((resolve, reject) => {
      this.over.signal.addEventListener("abort", () => resolve(), { once: true });
      this.fail = reject;
    });
    const refreshing = this.refresh();
    // Leaving cuts its read off.
    refreshing.catch(() => undefined);
    await Promise.race([refreshing, leaving]);
  }

  [Symbol.dispose](): void {
    this.over.abort();
    this.hold[Symbol.dispose]();
    if (!this.isAway) this.screen[Symbol.dispose]();
  }

  private takeHold(): Disposable {
    const interrupt = this.context.onInterrupt(() => this.over.abort());
    const talk = this.context.terminal.divertTalk((text) => {
      this.state = { ...this.state, notice: text };
      this.draw();
    });
    return {
      [Symbol.dispose]() {
        talk[Symbol.dispose]();
        interrupt[Symbol.dispose]();
      },
    };
  }

  private async refresh(): Promise<void> {
    const { signal } = this.over;
    this.draw();
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const startedAt = performance.now();
      const sessions = await this.reader.read(signal);
      this.state = withSessions(this.state, sessions);
      const news = toNewAskLines(sessions, this.told);
      // Who opens the board sees what is there: only what comes rings.
      if (!isFirst) this.tell(news);
      this.draw();
      const tookMs = performance.now() - startedAt;
      await sleep(Math.min(longestPollMs, Math.max(pollMs, tookMs * 4)), undefined, { signal });
    }
  }

  private tell([first, ...more]: readonly string[]): void {
    if (first === undefined || this.isAway) return;
    const rest = more.length === 0 ? "" : `; ${more.length} more need you`;
    this.screen.alert(`profclaw: ${first}${rest}`.replaceAll(/\p{Cc}/gu, " "));
  }

  private draw(): void {
    if (this.isAway || this.over.signal.aborted) return;
    const { screen, context } = this;
    const size = screen.size();
    this.state = { ...this.state, ...size };
    const colors = context.terminal.dataColors;
    screen.draw(renderBoard({ state: this.state, size, nowMs: context.clock.now(), colors }));
  }

  private press(key: string): void {
    const { state, act } = pressKey(this.state, key);
    this.state = state;
    if (act !== null) this.begin(act);
    this.draw();
  }

  private begin(act: BoardAct): void {
    if (act.kind === "quit") return this.over.abort();
    this.acts = this.acts
      .then(() => (act.kind === "attach" ? this.follow(act.id) : this.carry(act)))
      .catch((error: unknown) => this.fail(error));
  }

  private async carry(act: Exclude<BoardAct, { kind: "quit" | "attach" }>): Promise<void> {
    const outcome = await carryOut(act, { client: this.client, nowMs: () => this.context.clock.now() });
    this.state = outcome(this.state);
    this.draw();
  }

  /** The terminal is the session's until Enter or Ctrl-C. */
  private async follow(id: string): Promise<void> {
    this.isAway = true;
    this.hold[Symbol.dispose]();
    this.screen.suspend();
    try {
      await attachSessions({ client: this.client, context: this.context, stdin: this.streams.stdin }, [id]);
    } finally {
      this.isAway = false;
      if (!this.over.signal.aborted) {
        this.hold = this.takeHold();
        this.screen.resume();
      }
      this.draw();
    }
  }
}

/** Also one that is ended from outside gives the terminal back as it was. */
function onEnd(act: () => void): Disposable {
  const signals = ["SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.once(signal, act);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) process.off(signal, act);
    },
  };
}
