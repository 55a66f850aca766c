import type { CommandEntry } from "./command-entry.ts";
import { flowCommands } from "./flow-commands.ts";

/** Every command, in the order of the help. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: "agent spawn",
    summary: "start sessions that work in parallel, and wait for their results",
    load: async () => (await import("./commands/agent-spawn.ts")).agentSpawn,
  },
  {
    name: "run",
    summary: "run a flow or a team from a file: profclaw run team.yaml",
    load: async () => (await import("./commands/run.ts")).run,
  },
  ...flowCommands,
  {
    name: "agent sessions",
    summary: "the sessions there are; with --tree who spawned whom",
    load: async () => (await import("./commands/agent-sessions.ts")).agentSessions,
  },
  {
    name: "agent show",
    summary: "all that is known of one session",
    load: async () => (await import("./commands/agent-show.ts")).agentShow,
  },
  {
    name: "agent logs",
    summary: "what a session did, step by step; -f follows it",
    load: async () => (await import("./commands/agent-logs.ts")).agentLogs,
  },
  {
    name: "agent attach",
    summary: "look on while a session works, as it happens; leaving stops nothing",
    load: async () => (await import("./commands/agent-attach.ts")).agentAttach,
  },
  {
    name: "agent result",
    summary: "the result of a session, or of every session of a batch",
    load: async () => (await import("./commands/agent-result.ts")).agentResult,
  },
  {
    name: "agent wait",
    summary: "wait until sessions or batches have ended",
    load: async () => (await import("./commands/agent-wait.ts")).agentWait,
  },
  {
    name: "agent answer",
    summary: "say yes or no to what a session asks leave for",
    load: async () => (await import("./commands/agent-answer.ts")).agentAnswer,
  },
  {
    name: "agent stop",
    summary: "stop sessions and all that they spawned",
    load: async () => (await import("./commands/agent-stop.ts")).agentStop,
  },
  {
    name: "agent send",
    summary: "write to a session: now, between its turns, or when it would stop",
    load: async () => (await import("./commands/agent-send.ts")).agentSend,
  },
  {
    name: "agent resume",
    summary: "let an ended session go on, with more to do",
    load: async () => (await import("./commands/agent-resume.ts")).agentResume,
  },
  {
    name: "agent retry",
    summary: "start the same session once more, from its beginning",
    load: async () => (await import("./commands/agent-retry.ts")).agentRetry,
  },
  {
    name: "agent fork",
    summary: "start a session from a turn of another one",
    load: async () => (await import("./commands/agent-fork.ts")).agentFork,
  },
  {
    name: "agent diff",
    summary: "what a session changed in its worktree",
    load: async () => (await import("./commands/agent-diff.ts")).agentDiff,
  },
  {
    name: "agent apply",
    summary: "bring those changes into the folder it was spawned in",
    load: async () => (await import("./commands/agent-apply.ts")).agentApply,
  },
  {
    name: "approvals",
    summary: "what sessions ask leave for; `approvals rules`: what you answered with --always",
    load: async () => (await import("./commands/approvals.ts")).approvals,
  },
  {
    name: "agent list",
    summary: "what can run a session: ours, agents on PATH, your own programs",
    load: async () => (await import("./commands/agent-list.ts")).agentList,
  },
  {
    name: "agent rm",
    summary: "delete an ended session and all that it spawned",
    load: async () => (await import("./commands/agent-rm.ts")).agentRm,
  },
  {
    name: "cost",
    summary: "what model calls cost, by model, provider, session, batch, tree, label or day",
    load: async () => (await import("./commands/cost.ts")).cost,
  },
  {
    name: "cost limits",
    summary: "what all sessions may spend today and this month",
    load: async () => (await import("./commands/cost-limits.ts")).costLimits,
  },
  {
    name: "cost limits show",
    summary: "the same",
    load: async () => (await import("./commands/cost-limits.ts")).costLimits,
  },
  {
    name: "cost limits set",
    summary: "change those limits",
    load: async () => (await import("./commands/cost-limits-set.ts")).costLimitsSet,
  },
  {
    name: "policy show",
    summary: "what sessions may do here: levels, and every rule with its place",
    load: async () => (await import("./commands/policy-show.ts")).policyShow,
  },
  {
    name: "policy check",
    summary: "would this command be allowed, and by which rule",
    load: async () => (await import("./commands/policy-check.ts")).policyCheck,
  },
  {
    name: "provider list",
    summary: "the providers there are, and whether their key is here",
    load: async () => (await import("./commands/provider-list.ts")).providerList,
  },
  {
    name: "provider test",
    summary: "one small real call: does it work, how fast, what did it cost",
    load: async () => (await import("./commands/provider-test.ts")).providerTest,
  },
  {
    name: "models list",
    summary: "models with price and window",
    load: async () => (await import("./commands/models-list.ts")).modelsList,
  },
  {
    name: "roles",
    summary: "the roles a session may take: skeptic, critic, … and your own",
    load: async () => (await import("./commands/roles.ts")).roles,
  },
  {
    name: "trust",
    summary: "let a folder's own settings widen what sessions may do there",
    load: async () => (await import("./commands/trust.ts")).trust,
  },
  {
    name: "token show",
    summary: "the admin token, for a curl from elsewhere",
    load: async () => (await import("./commands/token-show.ts")).tokenShow,
  },
  {
    name: "token rotate",
    summary: "replace that token; the old one is refused at once",
    load: async () => (await import("./commands/token-rotate.ts")).tokenRotate,
  },
  {
    name: "status",
    summary: "the daemon: version, address, load",
    load: async () => (await import("./commands/status.ts")).status,
  },
  {
    name: "up",
    summary: "start the daemon in the background (other commands do so by themselves)",
    load: async () => (await import("./commands/up.ts")).up,
  },
  {
    name: "down",
    summary: "stop the daemon; sessions go on when it starts again",
    load: async () => (await import("./commands/down.ts")).down,
  },
  {
    name: "serve",
    summary: "run the daemon in the foreground, with the REST API on a port",
    load: async () => (await import("./commands/serve.ts")).serveCommand,
  },
  {
    name: "mcp",
    summary: "the tools for Claude Code, Codex, Cursor and any other MCP client, over stdio",
    load: async () => (await import("./commands/mcp.ts")).mcp,
  },
  {
    name: "mcp install",
    summary: "make those tools known to claude, codex, gemini, opencode, cursor or vscode",
    load: async () => (await import("./commands/mcp-install.ts")).mcpInstall,
  },
  {
    name: "mcp uninstall",
    summary: "take them out of a client's settings again",
    load: async () => (await import("./commands/mcp-uninstall.ts")).mcpUninstall,
  },
  {
    name: "demo",
    summary: "see it work without any key",
    load: async () => (await import("./commands/demo.ts")).demo,
  },
  {
    name: "doctor",
    summary: "what could keep sessions from running here, and what to do about it",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  {
    name: "gc",
    summary: "delete what is kept no longer; --dry-run says what that is",
    load: async () => (await import("./commands/gc.ts")).gc,
  },
  {
    name: "config",
    summary: "the settings file: config explain, get, set, path",
    load: async () => (await import("./commands/config.ts")).config,
  },
  {
    name: "completion",
    summary: "the script that completes words in bash, zsh or fish",
    load: async () => (await import("./commands/completion.ts")).createCompletion(commandTable),
  },
  {
    name: "version",
    summary: "print the version",
    load: async () => (await import("./commands/version.ts")).versionCommand,
  },
];
