import { homedir, tmpdir, userInfo } from "node:os";

/** Marks every process of one command, also those that leave its group; the reaper looks for it. */
export const commandMarker = "PROFCLAW_COMMAND_ID";

/** What a command's environment is made from. */
export interface CommandSurroundings {
  path: string;
  sessionId: string;
  commandId: string;
  /** The `traceparent` of who runs it. */
  traceParent?: string | null | undefined;
}

/**
 * A repository's own settings must not run programs when git only reads. The last one: files of the
 * right names in any folder would make it a bare repository, with settings that a model wrote.
 */
const gitSettings: readonly GitSetting[] = [
  ["core.fsmonitor", "false"],
  ["core.hooksPath", "/dev/null"],
  ["core.pager", "cat"],
  ["core.editor", "true"],
  ["log.showSignature", "false"],
  ["credential.helper", ""],
  ["safe.bareRepository", "explicit"],
];

/** All that a command gets to see: built from nothing, so no key of ours can be in it. */
export function toCommandEnvironment(surroundings: CommandSurroundings): Record<string, string> {
  return {
    PATH: surroundings.path,
    HOME: homedir(),
    USER: userInfo().username,
    LOGNAME: userInfo().username,
    LANG: "C.UTF-8",
    TERM: "dumb",
    TMPDIR: tmpdir(),
    CI: "1",
    NO_COLOR: "1",
    PAGER: "cat",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    PROFCLAW_SESSION_ID: surroundings.sessionId,
    [commandMarker]: surroundings.commandId,
    ...(surroundings.traceParent ? { TRACEPARENT: surroundings.traceParent } : {}),
  };
}

/** One setting of git and what it is to be. */
export type GitSetting = readonly [key: string, value: string];

/** Git's settings above everything that a repository says; `more` on top of those that always hold. */
export function toGuardedGitEnvironment(more: readonly GitSetting[] = []): Record<string, string> {
  const settings = [...gitSettings, ...more];
  const pairs = settings.flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(pairs) };
}
