import { stat } from "node:fs/promises";
import { basename, dirname, relative } from "node:path";
import { rgPath } from "@vscode/ripgrep";
import { runCommand } from "../sandbox/run-command.ts";
import { describeFault } from "./describe-fault.ts";
import type { DecidedContext } from "./tool.ts";

/** A search with ripgrep: its own flags, and how much of its output is kept. */
export interface Search {
  flags: readonly string[];
  maxOutputBytes: number;
  /** What ends each of its answers: a name may hold a line end. */
  separator: "\n" | "\0";
}

/**
 * What a search printed, line by line, every path prefixed so that the model can use it.
 * `isWhole` is false if output was cut; `failed` says what to do.
 */
export type SearchOutcome =
  | { kind: "found"; lines: string[]; isWhole: boolean; prefix: string }
  | { kind: "failed"; reason: string };

const searchTimeoutMs = 20_000;

/** Hidden files count, .git does not; links are never followed; a user's own ripgrep settings do not count. */
const commonFlags = ["--no-config", "--no-messages", "--hidden", "--no-require-git", "--color", "never"];

/** Runs ripgrep at the decided path, leaving out .git and whatever is protected below. */
export async function searchFiles(search: Search, context: DecidedContext): Promise<SearchOutcome> {
  const place = await toPlace(context);
  if ("reason" in place) return { kind: "failed", reason: place.reason };
  const leftOut = [
    "!.git",
    ...context.leaveOut.map((path) => `!/${escapeGlob(relative(place.folder, path))}`),
  ];
  const outcome = await runCommand({
    argv: [
      rgPath,
      ...commonFlags,
      ...search.flags,
      ...leftOut.flatMap((glob) => ["--glob", glob]),
      ...context.leaveOutGlobs.flatMap((glob) => ["--iglob", `!/${glob}`]),
      "--",
      place.target,
    ],
    cwd: place.folder,
    path: "",
    sessionId: context.sessionId,
    timeoutMs: searchTimeoutMs,
    maxOutputBytes: search.maxOutputBytes,
    signal: context.signal,
  });
  if (outcome.kind === "not-started") return { kind: "failed", reason: outcome.reason };
  if (outcome.kind === "timed-out") {
    return { kind: "failed", reason: `The search took over ${searchTimeoutMs / 1_000} s. Narrow its path.` };
  }
  const { text, cutBytes } = outcome.output;
  if (outcome.exitCode === 2)
    return { kind: "failed", reason: `The search is wrong: ${text.slice(0, 1_000).trim()}` };
  const lines = text.split(search.separator).filter((line) => line !== "");
  return { kind: "found", lines, isWhole: cutBytes === 0, prefix: toPrefix(place.folder, context.cwd) };
}

/** A folder is searched from within, so that patterns are relative to it; a file from its folder. */
async function toPlace(
  context: DecidedContext,
): Promise<{ folder: string; target: string } | { reason: string }> {
  const { realPath } = context;
  try {
    const entry = await stat(realPath);
    if (entry.isDirectory()) return { folder: realPath, target: "./" };
    return { folder: dirname(realPath), target: `./${basename(realPath)}` };
  } catch (fault) {
    return { reason: describeFault("The search", fault) };
  }
}

/** What comes before a found path to make it relative to the workspace; absolute outside of it. */
function toPrefix(folder: string, cwd: string): string {
  if (folder === cwd) return "";
  const inside = relative(cwd, folder);
  return inside.startsWith("..") ? `${folder}/` : `${inside}/`;
}

function escapeGlob(path: string): string {
  return path.replace(/[\\*?[\]{}!]/g, "\\$&");
}
