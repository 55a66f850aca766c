import { existsSync } from "node:fs";
import { ProfclawError } from "../../core/errors.ts";
import { type GitSetting, toGuardedGitEnvironment } from "../command-environment.ts";
import { toTrustedPath } from "../command-path.ts";
import { type CommandOutcome, runCommand } from "../run-command.ts";

/** Where git runs, and for whom. */
export interface GitPlace {
  /** A real path. */
  cwd: string;
  /** PATH; what lies in `cwd` does not count. */
  path: string;
  signal: AbortSignal;
  sessionId?: string;
}

export interface GitOptions {
  /** Another index than the working tree's. */
  index?: string;
  /** A file that it reads on stdin. */
  stdinFile?: string;
  /** Bytes of output that are taken; more is `cut`. Default 64 MB. */
  maxBytes?: number;
}

export interface GitAnswer {
  exitCode: number;
  /** Paths that are not UTF-8 are not taken apart here. */
  text: string;
  /** There was more than was taken. */
  cut: boolean;
  /** What git complained about. */
  complaint: string;
}

/**
 * Git for one folder. Nothing that the repository names is run: no hook, filter, merge driver, monitor, editor,
 * pager, signing program or credential helper, and no object is fetched.
 */
export interface Git {
  cwd: string;
  /** Whatever it exits with. */
  try(args: readonly string[], options?: GitOptions): Promise<GitAnswer>;
  /** Its output without the last line end. Throws git-failed with what git said. */
  read(args: readonly string[], options?: GitOptions): Promise<string>;
  /**
   * A text of ours for sh that calls git more than once: starting a program is dear for a large process. What varies
   * goes in as $1, $2, …. Throws git-failed.
   */
  script(text: string, args: readonly string[], options?: GitOptions): Promise<string>;
  /** The same git in another folder of the repository. */
  at(cwd: string): Git;
}

const timeoutMs = 10 * 60_000;
const maxOutputBytes = 64 * 2 ** 20;
const maxComplaintBytes = 8_000;

/** A git for questions that no filter, driver or hook has a part in, whatever a repository names: rev-parse. */
export function askGit(place: GitPlace): Pick<Git, "cwd" | "try"> {
  return createGit(place, alwaysSettings);
}

/** Throws git-missing and git-failed. */
export async function openGit(place: GitPlace): Promise<Git> {
  const listed = await askGit(place).try(["config", "--list", "--name-only", "-z"]);
  return createGit(place, [...alwaysSettings, ...toDisarming(listed.text.split("\0"))]);
}

const alwaysSettings: readonly GitSetting[] = [
  ["commit.gpgSign", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["submodule.recurse", "false"],
  ["core.quotePath", "false"],
  ["diff.external", ""],
];

/** Whatever of a repository's settings names a program, so that none is run. */
function toDisarming(keys: readonly string[]): GitSetting[] {
  const settings = new Map<string, string>();
  for (const key of keys) {
    const [, section = "", name = ""] = /^(filter|merge|hook)\.([^]+)\.[^.]+$/.exec(key) ?? [];
    if (section === "filter") {
      for (const end of ["clean", "smudge", "process"]) settings.set(`filter.${name}.${end}`, "");
      settings.set(`filter.${name}.required`, "false");
    }
    // A driver without a command is fatal: git's own way to merge three files stands in for it.
    if (section === "merge") settings.set(`merge.${name}.driver`, "git merge-file -q %A %O %B");
    if (section === "hook") settings.set(`hook.${name}.enabled`, "false");
  }
  return [...settings];
}

function createGit(place: GitPlace, settings: readonly GitSetting[]): Git {
  const run = async (argv: readonly [string, ...string[]], options: GitOptions = {}): Promise<GitAnswer> => {
    const taken = createTaker(options.maxBytes ?? maxOutputBytes);
    const outcome = await runCommand({
      argv,
      cwd: place.cwd,
      path: toTrustedPath(place.path, place.cwd),
      sessionId: place.sessionId ?? "",
      timeoutMs,
      maxOutputBytes: maxComplaintBytes,
      signal: place.signal,
      onStdout: taken.add,
      leavesNothing: true,
      ...(options.stdinFile === undefined ? {} : { stdinFile: options.stdinFile }),
      environment: {
        ...toEnvironment(settings),
        ...(options.index ? { GIT_INDEX_FILE: options.index } : {}),
      },
    });
    return { ...toEnd(outcome, place), ...taken.read() };
  };
  return {
    cwd: place.cwd,
    try: (args, options) => run(["git", ...args], options),
    read: async (args, options) => toText(args, await run(["git", ...args], options)),
    script: async (text, args, options) =>
      toText(["commands"], await run(["sh", "-ec", text, "sh", ...args], options)),
    at: (cwd) => createGit({ ...place, cwd }, settings),
  };
}

function toText(args: readonly string[], answer: GitAnswer): string {
  if (answer.exitCode === 0 && !answer.cut) return answer.text.replace(/\n$/, "");
  throw toFailure(args, answer);
}

/** What git said when it did not do what it was told. */
export function toFailure(args: readonly string[], { complaint, cut }: GitAnswer): ProfclawError {
  const said = complaint.trim().split("\n").slice(0, 5).join("; ");
  const why = cut ? "it printed more than is taken" : said === "" ? "it said nothing" : said;
  return new ProfclawError("git-failed", `git ${args[0] ?? ""} did not work: ${why}`, {
    hint: "Try the same in that folder by hand; without a worktree: --no-worktree.",
  });
}

function toEnvironment(settings: readonly GitSetting[]): Record<string, string> {
  return {
    ...toGuardedGitEnvironment(settings),
    GIT_ALLOW_PROTOCOL: "none",
    GIT_NO_LAZY_FETCH: "1",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_AUTHOR_NAME: "profclaw",
    GIT_AUTHOR_EMAIL: "profclaw@localhost",
    GIT_COMMITTER_NAME: "profclaw",
    GIT_COMMITTER_EMAIL: "profclaw@localhost",
  };
}

function toEnd(
  outcome: CommandOutcome,
  { cwd }: Pick<GitPlace, "cwd">,
): { exitCode: number; complaint: string } {
  if (outcome.kind === "exited") return { exitCode: outcome.exitCode ?? -1, complaint: outcome.output.text };
  if (outcome.kind === "timed-out") return { exitCode: -1, complaint: "it took more than ten minutes" };
  // The system says the same of both.
  if (!existsSync(cwd)) {
    throw new ProfclawError("cwd-not-found", `The folder ${cwd} is gone.`, {
      hint: "Bring it back, or spawn the session again in one that is there.",
    });
  }
  throw new ProfclawError("git-missing", `git cannot be started: ${outcome.reason}.`, {
    hint: "Install git with your system's package manager, or work without a worktree: --no-worktree.",
  });
}

interface Taker {
  add: (chunk: Uint8Array) => void;
  read(): { text: string; cut: boolean };
}

function createTaker(maxBytes: number): Taker {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let cut = false;
  return {
    add(chunk) {
      const room = maxBytes - size;
      cut ||= chunk.length > room;
      if (room <= 0) return;
      chunks.push(Uint8Array.from(chunk.subarray(0, room)));
      size += Math.min(room, chunk.length);
    },
    read: () => ({ text: Buffer.concat(chunks).toString("utf8"), cut }),
  };
}
