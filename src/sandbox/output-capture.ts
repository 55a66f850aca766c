/** What a command printed, as far as it was kept. */
export interface CapturedOutput {
  /** Head and tail; between them, if bytes were cut, a line that says how many. */
  text: string;
  totalBytes: number;
  cutBytes: number;
}

/** Keeps the first and the last bytes of an output of any length in bounded memory. */
export interface OutputCapture {
  add(chunk: Uint8Array): void;
  read(): CapturedOutput;
}

/** Half of `maxBytes` for the head, half for the tail. */
export function createOutputCapture(maxBytes: number): OutputCapture {
  const half = Math.floor(maxBytes / 2);
  const head: Uint8Array[] = [];
  let headBytes = 0;
  let tail: Uint8Array[] = [];
  let tailBytes = 0;
  let totalBytes = 0;

  const addTail = (chunk: Uint8Array) => {
    tail.push(chunk);
    tailBytes += chunk.length;
    // Trimmed at twice its size: so every byte is copied a bounded number of times.
    if (tailBytes > half * 2) {
      tail = [Buffer.concat(tail).subarray(-half)];
      tailBytes = half;
    }
  };

  return {
    add(chunk) {
      totalBytes += chunk.length;
      const fits = Math.min(chunk.length, half - headBytes);
      // Copied: a slice would keep the whole pool buffer alive.
      if (fits > 0) head.push(Uint8Array.from(chunk.subarray(0, fits)));
      headBytes += Math.max(fits, 0);
      if (fits < chunk.length) addTail(Uint8Array.from(chunk.subarray(Math.max(fits, 0))));
    },
    read() {
      const start = Buffer.concat(head);
      const end = Buffer.concat(tail).subarray(-half);
      const cutBytes = totalBytes - start.length - end.length;
      return { text: join(start, end, cutBytes), totalBytes, cutBytes };
    },
  };
}

function join(start: Buffer, end: Buffer, cutBytes: number): string {
  if (cutBytes === 0) return Buffer.concat([start, end]).toString("utf8");
  const head = start.subarray(0, toWholeEnd(start)).toString("utf8");
  const tail = end.subarray(toWholeStart(end)).toString("utf8");
  return `${head}\n[… ${cutBytes} bytes cut …]\n${tail}`;
}

/** Where the last whole UTF-8 character ends. */
function toWholeEnd(bytes: Buffer): number {
  let at = bytes.length - 1;
  while (at >= 0 && bytes.length - at < 4 && isContinuation(bytes[at])) at -= 1;
  const lead = bytes[at] ?? 0;
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return at + size > bytes.length ? at : bytes.length;
}

/** Where the first whole UTF-8 character starts. */
function toWholeStart(bytes: Buffer): number {
  let at = 0;
  while (at < 3 && isContinuation(bytes[at])) at += 1;
  return at;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte < 0xc0;
}
