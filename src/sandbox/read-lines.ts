import type { FileHandle } from "node:fs/promises";

/** Which lines are wanted (from 1) and how much of them is kept. */
export interface LineRequest {
  offset: number;
  limit: number;
  maxChars: number;
  maxLineChars: number;
  /** What the file held when it was opened: no look for more is taken there. 0: not known, read to the end. */
  size: number;
  /** Read at most; a longer file is read on from a later offset only up to here. */
  maxBytes: number;
  signal: AbortSignal;
}

/** `next` is the first line not given, null at the end of the file. `total` counts lines seen so far. */
export interface LineWindow {
  lines: string[];
  next: number | null;
  total: number;
  isBinary: boolean;
  /** A line was longer than is kept. */
  hasCutLines: boolean;
  hasCarriageReturns: boolean;
  endsWithNewline: boolean;
  /** Reading stopped at `maxBytes`. */
  gaveUp: boolean;
}

interface Reading extends LineWindow {
  request: LineRequest;
  line: string;
  /** Of the line that is being read, also what was not kept. */
  lineChars: number;
  chars: number;
}

// Most files end in the first piece, and many are read at once: what each holds meanwhile adds up.
const firstBytes = 8_192;
const chunkBytes = 65_536;

/** Reads a window of lines in bounded memory, however long the file or its lines are. */
export async function readLines(handle: FileHandle, request: LineRequest): Promise<LineWindow> {
  const reading = startReading(request);
  const decoder = new TextDecoder("utf-8");
  let buffer = new Uint8Array(firstBytes);
  let position = 0;
  while (reading.next === null && !reading.isBinary) {
    request.signal.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    const bytes = buffer.subarray(0, bytesRead);
    if (bytesRead === firstBytes) buffer = new Uint8Array(chunkBytes);
    reading.isBinary = bytes.includes(0);
    takeText(reading, decoder.decode(bytes, { stream: true }));
    reading.gaveUp = position >= request.maxBytes;
    if (reading.gaveUp || position === request.size) break;
  }
  if (reading.next === null && !reading.gaveUp && reading.lineChars > 0) {
    reading.endsWithNewline = false;
    endLine(reading);
  }
  return reading;
}

function startReading(request: LineRequest): Reading {
  return {
    request,
    lines: [],
    next: null,
    total: 0,
    isBinary: false,
    hasCutLines: false,
    hasCarriageReturns: false,
    endsWithNewline: true,
    gaveUp: false,
    line: "",
    lineChars: 0,
    chars: 0,
  };
}

function takeText(reading: Reading, text: string): void {
  let start = 0;
  while (reading.next === null) {
    const end = text.indexOf("\n", start);
    takePiece(reading, text.slice(start, end === -1 ? undefined : end));
    if (end === -1) return;
    endLine(reading);
    start = end + 1;
  }
}

function takePiece(reading: Reading, piece: string): void {
  const room = reading.request.maxLineChars + 1 - reading.line.length;
  reading.lineChars += piece.length;
  if (room > 0) reading.line += piece.slice(0, room);
}

function endLine(reading: Reading): void {
  const { offset, limit, maxChars } = reading.request;
  const number = reading.total + 1;
  const isFull = reading.lines.length >= limit || (reading.chars >= maxChars && reading.lines.length > 0);
  if (number >= offset && isFull) {
    reading.next = number;
    return;
  }
  reading.total = number;
  if (number >= offset) keepLine(reading);
  reading.line = "";
  reading.lineChars = 0;
}

function keepLine(reading: Reading): void {
  const { maxLineChars } = reading.request;
  if (reading.line.endsWith("\r")) reading.hasCarriageReturns = true;
  const line = reading.line.replace(/\r$/, "");
  const isCut = reading.lineChars > maxLineChars;
  reading.hasCutLines ||= isCut;
  const kept = isCut ? `${line.slice(0, maxLineChars)}… [line cut, ${reading.lineChars} characters]` : line;
  reading.lines.push(kept);
  reading.chars += kept.length + 1;
}
