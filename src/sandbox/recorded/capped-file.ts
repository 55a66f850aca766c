import { closeSync, openSync, writeSync } from "node:fs";

/** A file that takes the first bytes of a stream and, when it is closed, the last lines. */
export interface CappedFile {
  add(chunk: Buffer): void;
  /** Answers how many bytes are in neither. */
  close(): number;
}

const tailBytes = 1024 * 1024;

/** Appends to `path` up to `maxBytes`; a full disk costs what does not fit, and no more. */
export function openCappedFile(path: string, maxBytes: number): CappedFile {
  const file = openSync(path, "a", 0o600);
  let [kept, cut] = [0, 0];
  let tail = Buffer.alloc(0);
  const write = (chunk: Buffer): number => {
    try {
      return writeSync(file, chunk);
    } catch {
      return 0;
    }
  };
  return {
    add(chunk) {
      const head = tail.length > 0 || cut > 0 ? 0 : write(chunk.subarray(0, Math.max(0, maxBytes - kept)));
      kept += head;
      if (head === chunk.length) return;
      const joined = Buffer.concat([tail, chunk.subarray(head)]);
      cut += Math.max(0, joined.length - tailBytes);
      tail = joined.subarray(-tailBytes);
    },
    close() {
      // The end of an output says how it went: it is kept from its first whole line on.
      const from = cut === 0 ? 0 : tail.indexOf(10) + 1;
      const mark = cut === 0 ? "" : `\n{"type":"profclaw-cut","bytes":${cut + from}}\n`;
      const rest = Buffer.concat([Buffer.from(mark), tail.subarray(from)]);
      const lost = Math.max(0, rest.length - write(rest));
      closeSync(file);
      return cut === 0 ? lost : cut + from + lost;
    },
  };
}
