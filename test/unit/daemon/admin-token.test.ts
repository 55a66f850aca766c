import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openTokenBook } from "../../../src/daemon/admin-token.ts";

function makePath(): string {
  return join(mkdtempSync(join(tmpdir(), "profclaw-token-")), "token");
}

function readFile(path: string): string {
  return readFileSync(path, "utf8").trim();
}

test("the first start makes a token for its owner alone, the next one reads it", () => {
  const path = makePath();
  const { text } = openTokenBook(path).current();
  expect(text).toMatch(/^[\w-]{43}$/);
  expect([readFile(path), statSync(path).mode & 0o777]).toEqual([text, 0o600]);
  chmodSync(path, 0o644);
  expect(openTokenBook(path).current().text).toBe(text);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("an empty file gets a token: a start was cut off there", () => {
  const path = makePath();
  writeFileSync(path, "\n");
  expect(openTokenBook(path).current().text).toBe(readFile(path));
  expect(readFile(path)).not.toBe("");
});

test("the one that is replaced is told so, once the new one is in the file and in force", () => {
  const path = makePath();
  const book = openTokenBook(path);
  const old = book.current();
  let seen: string[] = [];
  old.replaced.addEventListener("abort", () => (seen = [readFile(path), book.current().text]));
  const made = book.rotate();
  expect(made).not.toBe(old.text);
  expect(seen).toEqual([made, made]);
  expect(book.current().replaced.aborted).toBe(false);
});

test("where the file cannot be written the old token still counts, in the file and in force", () => {
  const path = makePath();
  const book = openTokenBook(path);
  const old = book.current();
  mkdirSync(`${path}.draft`);
  expect(() => book.rotate()).toThrow(expect.objectContaining({ code: "config-invalid" }));
  expect([readFile(path), book.current().text, old.replaced.aborted]).toEqual([old.text, old.text, false]);
  rmSync(`${path}.draft`, { recursive: true });
  expect(book.rotate()).toBe(readFile(path));
});
