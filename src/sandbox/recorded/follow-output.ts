import { type FSWatcher, watch } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import type { RunFolder } from "./run-folder.ts";

export interface OutputWish {
  folder: RunFolder;
  /** What is left is read to its end once this is true. */
  isOver(): boolean;
  /** Told how many bytes were read each time. */
  onRead?(bytes: number): void;
  /** Read again after that long at the latest, ms. */
  pollMs: number;
  /** Aborted: looked at once, rather than at the next poll. */
  signal: AbortSignal;
  /** Calls `ring` when there is another reason to look at once; answers how to stop that. */
  listen?: (ring: () => void) => () => void;
}

/** Pieces of a program's output from its start on, and `null` each time all that is there was read. */
export async function* followOutput(wish: OutputWish): AsyncGenerator<string | null, void> {
  const { folder, pollMs } = wish;
  const decoder = new StringDecoder("utf8");
  const file = await open(folder.stdout, "r");
  using bell = openBell(wish);
  const piece = Buffer.alloc(pieceBytes);
  try {
    for (;;) {
      const [wasOver, rung] = [wish.isOver(), bell.next(pollMs)];
      const bytes = await readPiece(file, piece);
      wish.onRead?.(bytes);
      const text = bytes === 0 ? null : decoder.write(piece.subarray(0, bytes));
      if (text !== null) yield text;
      else if (wasOver) return;
      else {
        yield null;
        await rung;
      }
    }
  } finally {
    await file.close();
  }
}

const pieceBytes = 256 * 1024;

async function readPiece(file: FileHandle, piece: Buffer): Promise<number> {
  return (await file.read(piece, 0, piece.length, null)).bytesRead;
}

interface Bell extends Disposable {
  /** Resolves at the next change in the folder, or after `ms`. */
  next(ms: number): Promise<void>;
}

function openBell({ folder, signal, listen }: OutputWish): Bell {
  let ring: (() => void) | null = null;
  const onChange = (): void => ring?.();
  const watcher = tryWatch(folder.path, onChange);
  const unlisten = listen?.(onChange);
  signal.addEventListener("abort", onChange);
  return {
    next: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        ring = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    [Symbol.dispose]() {
      ring?.();
      signal.removeEventListener("abort", onChange);
      unlisten?.();
      watcher?.close();
    },
  };
}

/** Where no more can be watched, polling has to do. */
function tryWatch(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, onChange);
    watcher.on("error", () => undefined);
    return watcher;
  } catch {
    return undefined;
  }
}

/** Cuts pieces into lines; a line beyond `longest` characters is handed over shortened, and said to be. */
export function createLineCutter(longest: number): { add(piece: string): CutLine[]; rest(): CutLine[] } {
  let [line, dropped] = ["", 0];
  const take = (text: string): void => {
    const fits = text.slice(0, longest - line.length);
    line += fits;
    dropped += text.length - fits.length;
  };
  const flush = (): CutLine => {
    const cut = { text: line, droppedCharacters: dropped };
    [line, dropped] = ["", 0];
    return cut;
  };
  return {
    add(piece) {
      const parts = piece.split("\n");
      const last = parts.pop() ?? "";
      const lines = parts.map((part) => {
        take(part);
        return flush();
      });
      take(last);
      return lines;
    },
    rest: () => (line === "" ? [] : [flush()]),
  };
}

export interface CutLine {
  text: string;
  droppedCharacters: number;
}
