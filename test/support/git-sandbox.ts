import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Git as a person types it, without the settings of whoever runs the tests. */
export function git(cwd: string, ...args: string[]): string {
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "t",
    GIT_AUTHOR_EMAIL: "t@example.com",
    GIT_COMMITTER_NAME: "t",
    GIT_COMMITTER_EMAIL: "t@example.com",
  };
  return execFileSync("git", args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}

export function put(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** A repository with one commit of these files. */
export function makeRepository(folder: string, files: Record<string, string>): void {
  git(folder, "init", "--quiet", "--initial-branch=main");
  for (const [path, text] of Object.entries(files)) put(folder, path, text);
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--message=first");
}
