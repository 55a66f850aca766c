import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { DatabaseFiles } from "./database-files.ts";
import { sizeOf, syncToDisk, toTimeName } from "./database-files.ts";

// The format: https://sqlite.org/fileformat2.html#walformat. All numbers are big-endian; sums are taken
// over words in the byte order that the magic number names.
const headerBytes = 32;
const frameHeaderBytes = 24;
const pageBytes = 4_096;
const frameBytes = frameHeaderBytes + pageBytes;
const magic = 0x377f0682;
const version = 3_007_000;

type Sum = readonly [number, number];

/**
 * SQLite takes the first broken frame of a WAL for its end, as after a power cut, and drops the commits
 * behind it without a word. A power cut breaks the last commit only: each is on disk before the next is
 * written. So if a sound commit follows behind the broken one, it is damage: then the sums are made anew,
 * and every frame counts. Answers the name under which the WAL is kept as it was; null
 * for a sound one. The pages of broken frames may be damaged: check the whole database next.
 */
export function repairWal(files: DatabaseFiles, now: number): string | null {
  const path = `${files.database}-wal`;
  if ((sizeOf(path) ?? 0) < headerBytes + frameBytes) return null;
  const repaired = toRepairedWal(readFileSync(path));
  if (repaired === null) return null;
  const keptPath = `${files.database}.corrupt-${toTimeName(now)}-wal-only`;
  copyFileSync(path, keptPath);
  const draft = `${path}.draft`;
  writeFileSync(draft, repaired, { mode: 0o600 });
  syncToDisk(draft);
  renameSync(draft, path);
  return basename(keptPath);
}

/** The same WAL with sums that hold up to its last sound frame; null if they do already. */
function toRepairedWal(wal: Buffer): Buffer | null {
  const isHeaderSound = isSumAt(wal, 24, sumOf(wal, [0, 0], [0, 24]));
  const salts = isHeaderSound ? wal.subarray(16, 24) : findSalts(wal);
  const firstBroken = isHeaderSound ? countChained(wal, salts) : 0;
  const end = findEnd(wal, salts, firstBroken);
  if (end === null) return null;
  const repaired = Buffer.from(wal);
  if (!isHeaderSound) writeHeader(repaired, salts);
  let sum = readSum(repaired, 24);
  for (let frame = 0; frame < end; frame += 1) {
    const at = toOffset(frame);
    salts.copy(repaired, at + 8);
    sum = sumOfFrame(repaired, sum, at);
    writeSum(repaired, at + 16, sum);
  }
  return repaired;
}

function writeHeader(wal: Buffer, salts: Buffer): void {
  wal.writeUInt32BE(magic, 0);
  wal.writeUInt32BE(version, 4);
  wal.writeUInt32BE(pageBytes, 8);
  salts.copy(wal, 16);
  writeSum(wal, 24, sumOf(wal, [0, 0], [0, 24]));
}

/** Those of the first two frames that agree. */
function findSalts(wal: Buffer): Buffer {
  const frames = countFrames(wal);
  for (let frame = 1; frame < frames; frame += 1) {
    const at = toOffset(frame) + 8;
    const salts = wal.subarray(at, at + 8);
    if (salts.equals(wal.subarray(at - frameBytes, at - frameBytes + 8))) return Buffer.from(salts);
  }
  return Buffer.alloc(8);
}

/** How many frames follow on one another without a fault. */
function countChained(wal: Buffer, salts: Buffer): number {
  const frames = countFrames(wal);
  let sum = readSum(wal, 24);
  for (let frame = 0; frame < frames; frame += 1) {
    const at = toOffset(frame);
    sum = sumOfFrame(wal, sum, at);
    if (!hasSalts(wal, salts, frame) || !isSumAt(wal, at + 16, sum)) return frame;
  }
  return frames;
}

/**
 * The number behind the last commit whose last frame follows soundly on the one before it, as that one
 * stands; null if none follows on the commit that is broken.
 */
function findEnd(wal: Buffer, salts: Buffer, broken: number): number | null {
  let end: number | null = null;
  let commits = isCommit(wal, broken) ? 1 : 0;
  for (let frame = broken + 1; frame < countFrames(wal); frame += 1) {
    if (!hasSalts(wal, salts, frame) || !isCommit(wal, frame)) continue;
    commits += 1;
    const at = toOffset(frame);
    const isSound = isSumAt(wal, at + 16, sumOfFrame(wal, readSum(wal, at - frameBytes + 16), at));
    if (isSound && commits > 1) end = frame + 1;
  }
  return end;
}

function isCommit(wal: Buffer, frame: number): boolean {
  const at = toOffset(frame) + 4;
  return at + 4 <= wal.length && wal.readUInt32BE(at) !== 0;
}

function hasSalts(wal: Buffer, salts: Buffer, frame: number): boolean {
  const at = toOffset(frame) + 8;
  return wal.subarray(at, at + 8).equals(salts);
}

function countFrames(wal: Buffer): number {
  return Math.floor((wal.length - headerBytes) / frameBytes);
}

function toOffset(frame: number): number {
  return headerBytes + frame * frameBytes;
}

function sumOfFrame(wal: Buffer, before: Sum, at: number): Sum {
  const head = sumOf(wal, before, [at, at + 8]);
  return sumOf(wal, head, [at + frameHeaderBytes, at + frameBytes]);
}

function sumOf(wal: Buffer, before: Sum, [from, to]: readonly [number, number]): Sum {
  const isBig = wal.readUInt32BE(0) === magic + 1;
  const words = new DataView(wal.buffer, wal.byteOffset, wal.length);
  let [first, second] = before;
  for (let at = from; at < to; at += 8) {
    first = (first + words.getUint32(at, !isBig) + second) >>> 0;
    second = (second + words.getUint32(at + 4, !isBig) + first) >>> 0;
  }
  return [first, second];
}

function readSum(wal: Buffer, at: number): Sum {
  return [wal.readUInt32BE(at), wal.readUInt32BE(at + 4)];
}

function writeSum(wal: Buffer, at: number, [first, second]: Sum): void {
  wal.writeUInt32BE(first, at);
  wal.writeUInt32BE(second, at + 4);
}

function isSumAt(wal: Buffer, at: number, [first, second]: Sum): boolean {
  return wal.readUInt32BE(at) === first && wal.readUInt32BE(at + 4) === second;
}
