import { constants } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { worktreesFolder } from "../../core/worktree.ts";

const line = `/${worktreesFolder}/`;

/** Keeps the folder of all worktrees out of `git status` and `git add`, for this clone only. */
export async function hideWorktrees(common: string): Promise<void> {
  await mkdir(join(common, "info"), { recursive: true });
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
  const file = await open(join(common, "info", "exclude"), flags, 0o644);
  try {
    await addLine(file);
  } finally {
    await file.close();
  }
}

async function addLine(file: FileHandle): Promise<void> {
  const text = await file.readFile("utf8");
  if (text.split("\n").includes(line)) return;
  await file.write(`${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`);
}
