import type { Command } from "commander";
import { collect } from "../command.ts";

/** What commander makes of the words: texts as typed. */
export interface SpawnFlags {
  file?: string;
  count?: string;
  task?: string[];
  provider?: string;
  model?: string;
  tools?: string;
  extraAllowedTools?: string;
  mcp?: string;
  slim?: boolean;
  agent?: string;
  role?: string;
  projectNotes?: boolean;
  effort?: string;
  permissionMode?: string;
  cwd?: string;
  worktree?: boolean;
  visible?: string;
  appendSystem?: string;
  timeout?: string;
  maxTurns?: string;
  maxOutputTokens?: string;
  schema?: string;
  parent?: string;
  label?: string[];
  priority?: string;
  budget?: string;
  budgetTokens?: string;
  synthesize?: string;
  idempotencyKey?: string;
  detach?: boolean;
  dryRun?: boolean;
  yes?: boolean;
}

export function declareSpawnFlags(parser: Command): void {
  parser
    .option("--task <text>", "what to do; once per session; @file reads it from a file", collect)
    .option("-f, --file <team.yaml>", "the sessions of a file, each with its own model; - reads stdin")
    .option("--count <n>", "this many copies of the one task")
    .option(
      "--provider <name>",
      "anthropic, openai, google, groq, mistral, xai, deepseek, openrouter, ollama, …",
    )
    .option("--model <name>", "a model of that provider, or provider/model")
    .option("--tools <a,b>", "exactly these tools; left out: all that the level allows")
    .option("--extra-allowed-tools <a,b>", "tools on top of those it would get: sessions_spawn, test_run, …")
    .option("--mcp <a,b>", "MCP servers of yours whose tools it has besides")
    .option("--no-slim", "all MCP servers of yours that count in its folder")
    .option("--slim", "none of them but those of --mcp; the default")
    .option("--agent <name>", "what runs it: builtin (ours), or one of agent list, or acp:<command>")
    .option("--role <name>", "a stance: skeptic, summarizer, …; see profclaw roles")
    .option("--no-project-notes", "do not tell it the workspace's AGENTS.md or CLAUDE.md")
    .option("--effort <level>", "low, medium, high, xhigh or max")
    .option("--permission-mode <mode>", "what it may do; default auto")
    .option("--cwd <folder>", "where it works; default here")
    .option("--worktree", "each in a branch and folder of its own; agent diff and agent apply bring it back")
    .option("--no-worktree", "all in one folder, also where two or more may write in one git repository")
    .option("--visible <where>", "windows that look on: auto, tmux, terminal or none; default none")
    .option("--append-system <text>", "added to its instructions")
    .option("--timeout <time>", "how long each may run: 90s, 5m, 1h")
    .option("--max-turns <n>", "how many model calls each may make")
    .option("--max-output-tokens <n>", "how long one answer of its model may be")
    .option("--budget <usd>", "what all of them together may spend: 2.00")
    .option("--budget-tokens <n>", "the same in tokens, input and output together")
    .option("--synthesize <text>", "what one more session is to make of all results")
    .option("--schema <file|json>", "JSON Schema that the result must fit")
    .option("--parent <id>", "spawn them as children of this session")
    .option("--label <k=v>", "a label to find them by; may be repeated", collect)
    .option("--priority <n>", "higher runs first; -100 to 100")
    .option("--idempotency-key <key>", "the same key starts them once, however often it is typed")
    .option("-d, --detach", "print their ids and return at once")
    .option("--dry-run", "say what would run; start nothing")
    .option("-y, --yes", "do not ask, however many they are");
}
