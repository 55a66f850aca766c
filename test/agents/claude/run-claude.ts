import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Program, startProgram } from "../../support/e2e/program.ts";
import type { JsonRecord } from "../../support/model-server/reply.ts";
import { binPath, type Stage } from "../../support/e2e/stage.ts";

/** How Claude Code reaches us: as a program that it starts, or at the daemon's address. */
export type Way = "stdio" | "http";

/** The first and the last line of its stream, as far as the tests read them. */
export interface ClaudeInit {
  tools: string[];
  mcp_servers: { name: string; status: string }[];
  slash_commands: string[];
  plugins: { name: string }[];
}
export interface ClaudeEnd {
  is_error: boolean;
  result: string;
  num_turns: number;
}

export interface ClaudeRun {
  init: ClaudeInit;
  end: ClaudeEnd;
  stdout: string;
}

export interface ClaudeStart {
  prompt: string;
  /** Left out: it is given no server. */
  way?: Way;
  args?: readonly string[];
  env?: Record<string, string>;
}

const withinMs = 50_000;

/** A call of one of our tools, as its model makes it. */
export function call(tool: string, input: JsonRecord = {}): { name: string; input: JsonRecord } {
  return { name: `mcp__profclaw__${tool}`, input };
}

/** Claude Code in the stage's workspace, headless, with a home of its own and the scripted model. */
export function startClaude(program: string, stage: Stage, start: ClaudeStart): Program {
  const servers = start.way === undefined ? {} : { profclaw: toServer(start.way, stage) };
  const config = join(stage.root, `mcp-${start.way ?? "none"}.json`);
  writeFileSync(config, JSON.stringify({ mcpServers: servers }));
  const args = ["--output-format", "stream-json", "--verbose", "--model", "claude-sonnet-4-6"];
  const may = ["--permission-mode", "dontAsk", "--allowedTools", "mcp__profclaw,ReadMcpResourceTool"];
  const mcp = start.way === undefined ? [] : ["--mcp-config", config, "--strict-mcp-config"];
  const claude = startProgram({
    argv: [program, "-p", start.prompt, ...args, ...may, ...mcp, ...(start.args ?? [])],
    env: { ...toClaudeEnv(stage), ...start.env },
    cwd: stage.workspace,
    withinMs,
  });
  // It waits for what comes on an open pipe.
  claude.endInput();
  return claude;
}

/** The same, to its end. */
export async function runClaude(program: string, stage: Stage, start: ClaudeStart): Promise<ClaudeRun> {
  return toRun(startClaude(program, stage, start));
}

/** What it said, once it has ended; throws if it did not end by itself and well. */
export async function toRun(claude: Program): Promise<ClaudeRun> {
  const { exitCode, stdout, stderr } = await claude.ended;
  const events = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { type: string; subtype?: string });
  const init = events.find(({ type, subtype }) => type === "system" && subtype === "init");
  const end = events.find(({ type }) => type === "result");
  if (exitCode !== 0 || init === undefined || end === undefined) {
    throw new Error(`claude ended ${exitCode}: ${stderr.slice(-1_000)}\n${stdout.slice(-3_000)}`);
  }
  return { init: init as never, end: end as never, stdout };
}

/** Nothing of the person who runs the tests, no traffic of its own, and all tools in sight of the model. */
export function toClaudeEnv(stage: Stage): Record<string, string> {
  return {
    ...stage.env,
    ENABLE_TOOL_SEARCH: "false",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_MAX_RETRIES: "1",
    DISABLE_AUTOUPDATER: "1",
  };
}

function toServer(way: Way, stage: Stage): object {
  return way === "http"
    ? { type: "http", url: `${stage.url()}/mcp?peer=lead` }
    : { command: process.execPath, args: [binPath, "mcp"] };
}
