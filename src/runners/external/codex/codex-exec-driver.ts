import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ProfclawError } from "../../../core/errors.ts";
import type { AgentDriver, LaunchPlan, PlanRequest } from "../driver.ts";
import { toBeginning, toFollowUp } from "../follow-up.ts";
import { changeThread } from "./change-thread.ts";
import { keyVariable, processFlags, toExecConfig } from "./codex-config.ts";
import type { CodexThrift } from "./codex-thrift.ts";
import { type CodexParts, openCodexHome, codexPackage } from "./codex-place.ts";
import { toInstructions } from "./codex-requests.ts";
import { toCodexRights } from "./codex-rights.ts";
import { toConfigFlags } from "./exec-flags.ts";
import { type FoundThread, findThread } from "./find-thread.ts";
import { readCodexExec } from "./read-codex-exec.ts";
import { toStrictSchema } from "./strict-schema.ts";
import { requireProgram } from "../require-program.ts";

/** Codex by `codex exec --json`: a process for each session, which is told its task and nothing after it. */
export function createCodexExecDriver(parts: CodexParts, thrift: CodexThrift): AgentDriver {
  return {
    plan: (request) => toPlan(parts, thrift, request),
    read: readCodexExec,
    listens: false,
    hearsAfter: true,
    money: "untold",
    isPricedByUs: true,
  };
}

async function toPlan(parts: CodexParts, thrift: CodexThrift, request: PlanRequest): Promise<LaunchPlan> {
  const { session, path, journal } = request;
  const program = requireProgram(request, codexPackage);
  requireNoBudget(request);
  requireNoServers(request);
  const place = openCodexHome(parts);
  const { key, isKeyed, codexHome } = place;
  const thrifty = await thrift.toEnvironment({ place, servers: [] });
  const from = findThread(journal);
  const last = journal.findLast(({ event }) => event.type === "agent-launch")?.event;
  const isArchived = last?.type !== "agent-launch" || last.wire !== "exec";
  // A run by its app-server has archived its thread, which is not resumed then. Refused where it is not archived.
  if (from !== null && isArchived) {
    const keeper = { program, path, codexHome, settings: parts.settings() };
    await changeThread(keeper, ["unarchive", from.threadId]);
  }
  const config = {
    ...toExecConfig({ session, key, mcpUrl: parts.mcpUrl(), codexHome, hidden: Object.keys(thrifty) }),
    developer_instructions: toInstructions(session),
    ...(session.effort === null ? {} : { model_reasoning_effort: session.effort }),
  };
  return {
    argv: [
      program,
      "exec",
      "--sandbox",
      toCodexRights(session).sandbox,
      "--model",
      session.model,
      ...processFlags,
      ...toConfigFlags(config),
      ...toConversation(from),
      "--json",
      "--skip-git-repo-check",
      ...toSchemaFlags(request),
      // Its task comes by stdin, of any size.
      ...(from === null ? ["-"] : [from.threadId, "-"]),
    ],
    environment: {
      CODEX_HOME: codexHome,
      ...thrifty,
      ...(isKeyed ? { [keyVariable]: key?.apiKey ?? "" } : {}),
    },
    input: toFollowUp(journal) ?? toBeginning(session.task, journal),
  };
}

function toConversation(from: FoundThread | null): string[] {
  return from === null ? [] : [from.how];
}

function toSchemaFlags({ session: { schema }, home }: PlanRequest): string[] {
  if (schema === null) return [];
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const file = join(home, "schema.json");
  writeFileSync(file, JSON.stringify(toStrictSchema(schema)), { mode: 0o600 });
  return ["--output-schema", file];
}

/** Its app-server was there when the session was accepted, and kept to that. */
function requireNoBudget({ session: { budget } }: PlanRequest): void {
  if (budget.microUsd === null && budget.tokens === null) return;
  throw new ProfclawError(
    "agent-lacks",
    "Its app-server does not start, and by codex exec it tells its tokens only after each answer: nothing holds it to a budget.",
    { pointer: "budget", hint: "Update codex (npm i -g @openai/codex), or spawn it without a budget." },
  );
}

/** They would stand in its arguments, for everybody to read, and nobody would be asked. */
function requireNoServers({ session: { mcpServers = [] } }: PlanRequest): void {
  if (mcpServers.length === 0) return;
  throw new ProfclawError(
    "agent-lacks",
    `Its app-server does not start, and by codex exec it is given no MCP servers of yours (${mcpServers.join(", ")}).`,
    { pointer: "mcp", hint: "Update codex (npm i -g @openai/codex), or spawn it without them." },
  );
}
