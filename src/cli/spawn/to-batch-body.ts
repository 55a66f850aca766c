import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { NewBatchInput, NewSessionInput } from "../../contract/session-operations.ts";
import { efforts } from "../../core/session.ts";
import { ProfclawError } from "../../core/errors.ts";
import {
  parseChoice,
  parseDurationFlag,
  parseLabels,
  parseNameList,
  parseUsdFlag,
  parseWholeFlag,
} from "../flag-values.ts";
import { applyCount } from "./count-rule.ts";
import type { SpawnFlags } from "./spawn-flags.ts";

/** The flags as the body of the REST request. Throws invalid-request, naming the flag that is wrong. */
export function toBatchBody(flags: SpawnFlags, cwd: string): NewBatchInput {
  const shared = toSharedFields(flags, cwd);
  const tasks = applyCount(flags.task ?? [], flags.count).map((task) => readTask(task, cwd));
  return { sessions: tasks.map((task) => ({ task, ...shared })), ...toBatchFields(flags, cwd) };
}

/**
 * The same of a team's file: what a flag says counts for sessions that say nothing of it, and before what the file
 * says of all of them together.
 */
export function toTeamBody(team: NewBatchInput, flags: SpawnFlags, cwd: string): NewBatchInput {
  if (flags.task !== undefined || flags.count !== undefined) {
    throw new ProfclawError("invalid-request", "The tasks are in the file already.", {
      hint: "Leave --task and --count out, or leave the file out.",
    });
  }
  const shared = toSharedFields(flags, cwd);
  const { cwd: folder, ...given } = toBatchFields(flags, cwd);
  const home = flags.cwd === undefined && team.cwd !== undefined ? resolve(cwd, team.cwd) : folder;
  const sessions = team.sessions.map((session) => ({ ...shared, ...session }));
  return { ...team, ...given, sessions, cwd: home };
}

function toBatchFields(flags: SpawnFlags, cwd: string): Omit<NewBatchInput, "sessions"> & { cwd: string } {
  return withoutUndefined({
    cwd: resolve(cwd, flags.cwd ?? "."),
    timeout: flags.timeout === undefined ? undefined : parseDurationFlag("--timeout", flags.timeout),
    budget_usd: flags.budget === undefined ? undefined : parseUsdFlag("--budget", flags.budget),
    budget_tokens:
      flags.budgetTokens === undefined
        ? undefined
        : parseWholeFlag("--budget-tokens", flags.budgetTokens, { least: 1, most: 999_999_999 }),
    parent: flags.parent,
    labels: flags.label === undefined ? undefined : parseLabels(flags.label),
    idempotency_key: flags.idempotencyKey,
  });
}

function toSharedFields(flags: SpawnFlags, cwd: string): Omit<NewSessionInput, "task"> {
  const { maxTurns, maxOutputTokens, priority, tools, extraAllowedTools, effort, schema } = flags;
  return withoutUndefined({
    agent: flags.agent,
    provider: flags.provider,
    model: flags.model,
    tools: tools === undefined ? undefined : parseNameList(tools),
    extra_allowed_tools: extraAllowedTools === undefined ? undefined : parseNameList(extraAllowedTools),
    mcp: flags.mcp === undefined ? undefined : parseNameList(flags.mcp),
    slim: flags.slim === false ? false : undefined,
    role: flags.role,
    project_notes: flags.projectNotes === false ? false : undefined,
    effort: effort === undefined ? undefined : parseChoice("--effort", effort, efforts),
    permission_mode: flags.permissionMode,
    worktree: flags.worktree,
    append_system: flags.appendSystem,
    max_turns: parseWhole("--max-turns", maxTurns, { least: 1, most: 10_000 }),
    max_output_tokens: parseWhole("--max-output-tokens", maxOutputTokens, { least: 1, most: 1_000_000 }),
    priority: parseWhole("--priority", priority, { least: -100, most: 100 }),
    schema: schema === undefined ? undefined : readSchema(schema, cwd),
  });
}

function parseWhole(
  flag: string,
  text: string | undefined,
  range: { least: number; most: number },
): number | undefined {
  return text === undefined ? undefined : parseWholeFlag(flag, text, range);
}

function readTask(task: string, cwd: string): string {
  const text = task.startsWith("@") ? readFlagFile("--task", task.slice(1), cwd) : task;
  if (text.trim() !== "") return text;
  throw new ProfclawError("invalid-request", `--task "${task}" is empty.`, { hint: "Say what to do." });
}

function readSchema(text: string, cwd: string): NonNullable<NewSessionInput["schema"]> {
  const json = text.trimStart().startsWith("{") ? text : readFlagFile("--schema", text, cwd);
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as NonNullable<NewSessionInput["schema"]>;
    }
  } catch (error) {
    throw new ProfclawError("invalid-request", `--schema is not JSON: ${String(error)}`, {
      hint: 'Give a file, or JSON in quotes: --schema \'{"type":"object"}\'',
    });
  }
  throw new ProfclawError("invalid-request", "--schema must be a JSON object.", {
    hint: `For example: --schema '{"type":"object","properties":{"bugs":{"type":"array"}}}'`,
  });
}

function readFlagFile(flag: string, path: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, path), "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const advice =
      flag === "--task" ? { hint: "A task that itself starts with @: put a space before it." } : {};
    throw new ProfclawError("invalid-request", `${flag} names a file that cannot be read: ${reason}`, advice);
  }
}

type Defined<Value extends object> = {
  [Key in keyof Value as undefined extends Value[Key] ? never : Key]: Value[Key];
} & { [Key in keyof Value as undefined extends Value[Key] ? Key : never]?: Exclude<Value[Key], undefined> };

/** Absent and undefined are not the same on the wire. */
function withoutUndefined<Value extends object>(value: Value): Defined<Value> {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as Defined<Value>;
}
