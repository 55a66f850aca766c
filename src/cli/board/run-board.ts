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
import { createBoardReader } from "./read-board.ts";
import { renderBoard } from "./render-board.ts";
import { type Screen, type ScreenStreams, openScreen } from "./screen.ts";

const pollMs = 300;
const longestPollMs = 1_000;

/** Bare `profclaw` on a terminal: a live board, until a person leaves it. */
export async function runBoard(context: CliContext, streams: ScreenStreams = process): Promise<number> {
  const client = await linkAndGreet(context);
  const sinceMs = readLastLook(context.paths.home, context.clock.now());
  const board = new Board(client, context, streams);
  try {
    await board.run(sinceMs);
    return 0;
  } finally {
    board[Symbol.dispose]();
    await keepLastLook(context.paths.home, context.clock.now());
    client.close();
  }
}

class Board {
  private state: BoardState = emptyBoard;
  private readonly client: Client;
  private readonly context: CliContext;
  private readonly screen: Screen;
  private readonly streams: ScreenStreams;
  private readonly over = new AbortController();
  private readonly told = new Set<string>();
  private isAway = false;
  /** Acts, one after the other, in the order of their keys. */
  private acts: Promise<void> = Promise.resolve();
  private fail: (error: unknown) => void = () => undefined;

  constructor(client: Client, context: CliContext, streams: ScreenStreams) {
    this.client = client;
    this.context = context;
    this.streams = streams;
    this.screen = openScreen(streams, {
      onKey: (key) => this.press(key),
      onResize: () => this.draw(),
    });
  }

  async run(sinceMs: number): Promise<void> {
    using _interrupt = this.context.onInterrupt(() => this.over.abort());
    using _end = onEnd(() => this.over.abort());
    const leaving = new Promise<void>((resolve, reject) => {
      this.over.signal.addEventListener("abort", () => resolve(), { once: true });
      this.fail = reject;
    });
    const refreshing = this.refresh(sinceMs);
    // Leaving cuts its read off.
    refreshing.catch(() => undefined);
    await Promise.race([refreshing, leaving]);
  }

  [Symbol.dispose](): void {
    this.over.abort();
    if (!this.isAway) this.screen[Symbol.dispose]();
  }

  private async refresh(sinceMs: number): Promise<void> {
    const reader = createBoardReader(this.client, sinceMs);
    const { signal } = this.over;
    this.draw();
    while (!signal.aborted) {
      const startedAt = performance.now();
      const sessions = await reader.read(signal);
      this.state = withSessions(this.state, sessions);
      for (const line of toNewAskLines(sessions, this.told)) this.tell(line);
      this.draw();
      const tookMs = performance.now() - startedAt;
      await sleep(Math.min(longestPollMs, Math.max(pollMs, tookMs * 4)), undefined, { signal });
    }
  }

  private tell(line: string): void {
    if (!this.isAway) this.screen.alert(`profclaw: ${line.replaceAll(/\p{Cc}/gu, " ")}`);
  }

  private draw(): void {
    if (this.isAway || this.over.signal.aborted) return;
    const { screen, context } = this;
    const size = screen.size();
    this.state = { ...this.state, columns: size.columns };
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

  /** The terminal is the session's until Enter. */
  private async follow(id: string): Promise<void> {
    this.isAway = true;
    this.screen.suspend();
    try {
      await attachSessions({ client: this.client, context: this.context, stdin: this.streams.stdin }, [id]);
    } finally {
      this.isAway = false;
      if (!this.over.signal.aborted) this.screen.resume();
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
