import { toUsdString } from "../../../core/money.ts";
import type { SessionRecord } from "../../../core/session.ts";
import type { AgentDriver, LaunchPlan, PlanRequest } from "../driver.ts";
import { toGuardedGitEnvironment } from "../../../sandbox/command-environment.ts";
import { toTrustedPath } from "../../../sandbox/command-path.ts";
import { settleHome } from "./claude-home.ts";
import { type ConversationPlaces, readInherited, toConversationFlags } from "./claude-conversation.ts";
import { toRightsFlags } from "./claude-rights.ts";
import { type SurroundingParts, toSurroundingFlags } from "./claude-surroundings.ts";
import { readClaude } from "./read-claude.ts";
import { toBeginning } from "../follow-up.ts";
import { toUserLine } from "./user-line.ts";
import { requireProgram } from "../require-program.ts";

export interface ClaudeParts extends ConversationPlaces, SurroundingParts {
  /** Undefined: it is the user's own login that counts. */
  credential(): { apiKey?: string; baseUrl?: string } | undefined;
  hasLogin(): boolean;
  /** Where our MCP server answers over HTTP; null: nowhere. */
  mcpUrl: () => string | null;
}

/** Claude Code by its stream of JSON lines, both ways: its stdin stays open for what else is to be said. */
export function createClaudeDriver(parts: ClaudeParts): AgentDriver {
  return {
    listens: true,
    money: "kept",
    plan: (request) => toPlan(parts, request),
    read: (session, journal) =>
      readClaude(journal, {
        id: session.id,
        configDir: parts.configDir(session.id),
        inherited: readInherited(parts, session),
      }),
  };
}

async function toPlan(parts: ClaudeParts, request: PlanRequest): Promise<LaunchPlan> {
  const { session, path, followUp, journal, allowedMicroUsd } = request;
  const program = requireProgram(request, { name: "claude", npmPackage: "@anthropic-ai/claude-code" });
  if (parts.credential()?.apiKey !== undefined) await settleHome(request.home);
  const argv: [string, ...string[]] = [
    program,
    "-p",
    "--verbose",
    ...toFlags({ "--input-format": "stream-json", "--output-format": "stream-json" }),
    // A repository's hooks, servers and rules are not trusted, and a user's own would change what a level means.
    "--strict-mcp-config",
    ...toFlags({ "--setting-sources": "" }),
    ...(await toSurroundingFlags(parts, request)),
    // It would take no notice of what is said on top of a system prompt that it has recorded.
    ...toFlags({ "--system-prompt-snapshot": "off" }),
    ...(await toConversationFlags(parts, request)),
    ...toRightsFlags(session),
    ...toWorkFlags(session),
    ...toBudgetFlags(parts, session, allowedMicroUsd),
  ];
  const isFree = session.grants.bash === "yes";
  return {
    argv,
    environment: { ...(isFree ? {} : toGuardedGitEnvironment()), ...toEnvironment(parts, request) },
    // What is allowed by its name must be the program of that name.
    path: isFree ? path : toTrustedPath(path, session.cwd),
    input: toUserLine(followUp ?? toBeginning(session.task, journal)),
  };
}

/** It counts from its conversation's beginning on, also where it goes on with one or with a copy of another's. */
function toBudgetFlags(parts: ClaudeParts, session: SessionRecord, allowedMicroUsd: number | null): string[] {
  if (allowedMicroUsd === null) return [];
  const before = (readInherited(parts, session)?.microUsd ?? 0) + session.costMicroUsd;
  return ["--max-budget-usd", toUsdString(before + allowedMicroUsd)];
}

function toFlags(flags: Readonly<Record<string, string>>): string[] {
  return Object.entries(flags).flat();
}

function toWorkFlags({ model, effort, maxTurns, schema }: SessionRecord): string[] {
  return [
    ...toFlags({ "--model": model, "--max-turns": String(maxTurns) }),
    ...(effort === null ? [] : ["--effort", effort]),
    ...(schema === null ? [] : ["--json-schema", JSON.stringify(schema)]),
  ];
}

function toEnvironment(
  parts: ClaudeParts,
  { home, session: { maxOutputTokens } }: PlanRequest,
): Record<string, string> {
  const key = parts.credential();
  // With a login it has to be the user's home: a copied login is lost when the other one is renewed.
  const own = key?.apiKey === undefined ? {} : { CLAUDE_CONFIG_DIR: home, ANTHROPIC_API_KEY: key.apiKey };
  return {
    ...own,
    ...(key?.baseUrl === undefined ? {} : { ANTHROPIC_BASE_URL: key.baseUrl.replace(/\/v1\/?$/, "") }),
    ...(maxOutputTokens === 0 ? {} : { CLAUDE_CODE_MAX_OUTPUT_TOKENS: String(maxOutputTokens) }),
    // Tools that are found by a search only are not used.
    ENABLE_TOOL_SEARCH: "false",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_MAX_RETRIES: "4",
    DISABLE_AUTOUPDATER: "1",
    // A command is judged as it is seen from the session's folder.
    CLAUDE_BASH_MAINTAIN_PROJECT_WORKING_DIR: "1",
  };
}
