import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readProjectNotes } from "../../../src/sandbox/project-notes.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "profclaw-notes-")));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}

test("the nearest notes come first, up to the repository's root and no further", async () => {
  write("AGENTS.md", "above the repository");
  write("repo/.git/HEAD", "ref: refs/heads/main");
  write("repo/AGENTS.md", "of the root");
  write("repo/CLAUDE.md", "not read beside the other");
  write("repo/src/CLAUDE.md", "of the part");
  mkdirSync(join(root, "repo/src/deep"));
  const notes = await readProjectNotes(join(root, "repo/src/deep"));
  expect(notes?.files.map(({ path }) => path)).toEqual([
    join(root, "repo/src/CLAUDE.md"),
    join(root, "repo/AGENTS.md"),
  ]);
  expect(notes?.text).toMatch(/of the part[\s\S]*of the root/);
  expect(notes?.text).not.toMatch(/above|beside/);
});

test("without a repository only the folder's own notes count, and none is none", async () => {
  write("AGENTS.md", "above");
  mkdirSync(join(root, "plain"));
  // No repository either: codex leaves such a folder in temporary ones.
  mkdirSync(join(root, ".git"));
  expect(await readProjectNotes(join(root, "plain"))).toBeNull();
  write("plain/AGENTS.md", "here");
  expect((await readProjectNotes(join(root, "plain")))?.files).toEqual([
    { path: join(root, "plain/AGENTS.md"), sizeBytes: 4, truncated: false },
  ]);
});

test("long notes are cut at a whole character, and it is said", async () => {
  write("AGENTS.md", "ü".repeat(20_000));
  const notes = await readProjectNotes(root);
  expect(notes?.files).toEqual([{ path: join(root, "AGENTS.md"), sizeBytes: 40_000, truncated: true }]);
  expect(notes?.text).not.toContain("\uFFFD");
  expect(Buffer.byteLength(notes?.text ?? "")).toBeLessThan(17_000);
  expect(notes?.text).toMatch(/cut here; read the file/);
});

test("a link that leads out, a folder and a device are not read; a link inside is", async () => {
  write("secret", "the key");
  write("repo/.git/HEAD", "ref: refs/heads/main");
  symlinkSync(join(root, "secret"), join(root, "repo/AGENTS.md"));
  expect(await readProjectNotes(join(root, "repo"))).toBeNull();
  write("repo/docs/notes.md", "inside");
  symlinkSync(join(root, "repo/docs/notes.md"), join(root, "repo/CLAUDE.md"));
  expect((await readProjectNotes(join(root, "repo")))?.text).toContain("inside");
  mkdirSync(join(root, "repo/odd/AGENTS.md"), { recursive: true });
  symlinkSync("/dev/zero", join(root, "repo/odd/CLAUDE.md"));
  expect((await readProjectNotes(join(root, "repo/odd")))?.files).toHaveLength(1);
});
