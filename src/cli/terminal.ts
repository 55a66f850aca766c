import { createColors } from "picocolors";
import type { Env } from "../config/environment.ts";

export type Colors = ReturnType<typeof createColors>;

/** A block of lines at the bottom of the terminal that is drawn over and over. */
interface Canvas {
  draw(text: string): void;
  /** Takes the block away, or leaves its last state standing. */
  end(keep: boolean): void;
}

/** Where a command writes: data on stdout, talk on stderr. */
export interface Terminal {
  /** A line (or lines) of data. */
  print(text: string): void;
  /** Data as it stands, without a line end. */
  write(text: string): void;
  /** A line (or lines) for the person. */
  say(text: string): void;
  /** Until it is disposed of, what is said goes there: a command has the whole terminal, and shows it in its place. */
  divertTalk(take: (text: string) => void): Disposable;
  /** True if a person sees what is said. */
  isLive: boolean;
  /** True if a person can also be asked. */
  canAsk: boolean;
  /** True if a person sees the data: else it is for a file or another program. */
  showsData: boolean;
  /** Columns for tables of data. Off a terminal wide, so that nothing is cut for a pipe. */
  dataWidth(): number;
  talkSize(): { columns: number; rows: number };
  dataColors: Colors;
  talkColors: Colors;
  openCanvas(on: "data" | "talk"): Promise<Canvas>;
  /** Aborted once the reader of stdout is gone (`| head`). */
  closed: AbortSignal;
  /** Resolves when all that was printed is with the system. */
  flush(): Promise<void>;
}

export interface TerminalStreams {
  stdin: { isTTY?: boolean };
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number; writableLength?: number };
  stderr: NodeJS.WritableStream & {
    isTTY?: boolean;
    columns?: number;
    rows?: number;
    writableLength?: number;
  };
}

const pipeWidth = 200;

/** Wraps the process's streams; tests pass their own. */
export function createTerminal(streams: TerminalStreams, env: Env): Terminal {
  const { stdin, stdout, stderr } = streams;
  const closed = new AbortController();
  // A reader that went away is no error: what is left to say, nobody wants to hear.
  stdout.on("error", () => closed.abort());
  stderr.on("error", () => undefined);
  let canvas: { write(text: string): void } | undefined;
  const isLive = stderr.isTTY === true && env["TERM"] !== "dumb";
  return {
    print(text) {
      if (!closed.signal.aborted) stdout.write(`${text}\n`);
    },
    write(text) {
      if (!closed.signal.aborted) stdout.write(text);
    },
    say(text) {
      if (canvas === undefined) stderr.write(`${text}\n`);
      else canvas.write(text);
    },
    divertTalk(take) {
      canvas = { write: take };
      return { [Symbol.dispose]: () => void (canvas = undefined) };
    },
    isLive,
    canAsk: isLive && stdin.isTTY === true,
    showsData: stdout.isTTY === true,
    dataWidth: () => (stdout.isTTY === true ? (stdout.columns ?? 80) : pipeWidth),
    talkSize: () => ({ columns: stderr.columns ?? 80, rows: stderr.rows ?? 24 }),
    dataColors: createColors(usesColor(stdout, env)),
    talkColors: createColors(usesColor(stderr, env)),
    async openCanvas(on) {
      const { createLogUpdate } = await import("log-update");
      const update = createLogUpdate(on === "data" ? stdout : stderr);
      canvas = { write: (text) => update.persist(text) };
      return {
        draw: (text) => update(text),
        end(keep) {
          if (!keep) update.clear();
          update.done();
          canvas = undefined;
        },
      };
    },
    closed: closed.signal,
    flush: () => flushAll([stdout, stderr]),
  };
}

function usesColor(stream: { isTTY?: boolean }, env: Env): boolean {
  return stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

/** Asked after each entry that is shown, and nearly always nothing is left. */
async function flushAll(streams: (NodeJS.WritableStream & { writableLength?: number })[]): Promise<void> {
  const full = streams.filter(({ writableLength }) => writableLength !== 0);
  if (full.length > 0) await Promise.all(full.map(drain));
}

function drain(stream: NodeJS.WritableStream): Promise<void> {
  if (!stream.writable) return Promise.resolve();
  return new Promise((resolve) => {
    // Called with an error too, when the reader is gone: then there is nothing left to wait for.
    stream.write("", () => resolve());
  });
}
