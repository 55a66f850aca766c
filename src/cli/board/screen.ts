import { StringDecoder } from "node:string_decoder";
import { type Key, createKeyReader, markPastes } from "./keys.ts";

export interface ScreenStreams {
  stdin: NodeJS.ReadableStream & { setRawMode?(raw: boolean): unknown };
  stdout: NodeJS.WritableStream & { columns?: number; rows?: number };
}

/** A whole terminal for as long as it is open; what stood on it comes back afterwards. */
export interface Screen extends Disposable {
  size(): { columns: number; rows: number };
  /** Writes what differs from the last time. */
  draw(lines: readonly string[]): void;
  /** The bell, and a notification where the terminal knows them (OSC 9). */
  alert(text: string): void;
  /** Gives the terminal back, or takes it again. */
  suspend(): void;
  resume(): void;
}

const enter = `\u001b[?1049h\u001b[?25l${markPastes.on}`;
const leave = `${markPastes.off}\u001b[?25h\u001b[?1049l`;
const fallback = { columns: 80, rows: 24 };

export function openScreen(
  { stdin, stdout }: ScreenStreams,
  { onKey, onResize }: { onKey(this: void, key: Key): void; onResize(this: void): void },
): Screen {
  let shown: readonly string[] = [];
  const decoder = new StringDecoder("utf8");
  let readKeys = createKeyReader();
  const onData = (data: string | Uint8Array): void => {
    const text = typeof data === "string" ? data : decoder.write(data);
    for (const key of readKeys(text)) onKey(key);
  };
  const resume = (): void => {
    shown = [];
    readKeys = createKeyReader();
    stdin.setRawMode?.(true);
    stdin.on("data", onData);
    stdin.resume();
    stdout.write(`${enter}\u001b[2J`);
  };
  const suspend = (): void => {
    stdin.off("data", onData);
    stdin.pause();
    stdin.setRawMode?.(false);
    stdout.write(leave);
  };
  // What a terminal does to its lines then, nobody knows.
  const forget = (): void => {
    shown = [];
    onResize();
  };
  stdout.on("resize", forget);
  resume();
  return {
    size: () => ({ columns: stdout.columns || fallback.columns, rows: stdout.rows || fallback.rows }),
    draw(lines) {
      const changes = lines.flatMap((line, at) =>
        shown[at] === line ? [] : [`\u001b[${at + 1};1H${line}\u001b[K`],
      );
      shown = lines;
      if (changes.length > 0) stdout.write(changes.join(""));
    },
    alert: (text) => void stdout.write(`\u0007\u001b]9;${text}\u0007`),
    suspend,
    resume,
    [Symbol.dispose]() {
      stdout.off("resize", forget);
      suspend();
    },
  };
}
