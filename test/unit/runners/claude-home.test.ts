import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { settleHome } from "../../../src/runners/external/claude/claude-home.ts";

const makeFolder = (): string => mkdtempSync(join(tmpdir(), "profclaw-home-"));

test("a home of a session's own is there for its owner alone, with what claude would write into it first", async () => {
  const home = join(makeFolder(), "session", "home");
  await settleHome(home);
  const file = join(home, ".claude.json");
  expect(statSync(home).mode & 0o777).toBe(0o700);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const settled = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  expect(settled).toMatchObject({ migrationVersion: 15, machineID: expect.stringMatching(/^[\da-f]{64}$/) });
});

async function settleUser(): Promise<string> {
  const home = makeFolder();
  await settleHome(home);
  return (JSON.parse(readFileSync(join(home, ".claude.json"), "utf8")) as { userID: string }).userID;
}

test("two homes are two users", async () => {
  expect(await settleUser()).not.toBe(await settleUser());
});

test("what claude has written there since stays, for a session that is resumed", async () => {
  const home = makeFolder();
  const file = join(home, ".claude.json");
  writeFileSync(file, '{"userID":"kept"}');
  await settleHome(home);
  expect(readFileSync(file, "utf8")).toBe('{"userID":"kept"}');
});

test("a home that can not be made is told, not left out", async () => {
  const file = join(makeFolder(), "file");
  writeFileSync(file, "");
  await expect(settleHome(join(file, "home"))).rejects.toThrow(/ENOTDIR|EEXIST/);
});
