import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { followOutput } from "../../../src/sandbox/recorded/follow-output.ts";
import { type RunFolder, createRunFolder } from "../../../src/sandbox/recorded/run-folder.ts";

let root: string;
let folder: RunFolder;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "profclaw-follow-"));
  folder = createRunFolder(join(root, "run"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const signal = new AbortController().signal;
// Longer than a test may take: what ends a wait is never the poll.
const pollMs = 600_000;

test("what is there is read, then what comes, and the rest once it is over", async () => {
  let isOver = false;
  const output = followOutput({ folder, isOver: () => isOver, pollMs, signal });
  appendFileSync(folder.stdout, "one");
  expect((await output.next()).value).toBe("one");
  expect((await output.next()).value).toBeNull();
  const next = output.next();
  isOver = true;
  appendFileSync(folder.stdout, "two");
  expect((await next).value).toBe("two");
  expect((await output.next()).done).toBe(true);
});

test("another reason to look ends the pause at once, and is not listened for any more at the end", async () => {
  const rings = new Set<() => void>();
  const listen = (ring: () => void): (() => void) => {
    rings.add(ring);
    return () => rings.delete(ring);
  };
  const output = followOutput({ folder, isOver: () => false, pollMs, signal, listen });
  expect((await output.next()).value).toBeNull();
  const next = output.next();
  for (const ring of rings) ring();
  expect((await next).value).toBeNull();
  await output.return();
  expect(rings.size).toBe(0);
});

test("a reason that comes while what is there is being told is not lost", async () => {
  const rings: (() => void)[] = [];
  const listen = (ring: () => void): (() => void) => {
    rings.push(ring);
    return () => undefined;
  };
  const output = followOutput({ folder, isOver: () => false, pollMs, signal, listen });
  expect((await output.next()).value).toBeNull();
  rings[0]?.();
  expect((await output.next()).value).toBeNull();
  await output.return();
});
