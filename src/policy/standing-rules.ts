import type { StandingRule } from "../core/approval.ts";
import type { Action } from "./action.ts";
import { parseCommand } from "./command-parse.ts";
import { toHostName } from "./host-pattern.ts";

/** A call that asks for leave, as far as a rule can say it. */
export interface RuledCall {
  tool: string;
  action: Action;
  /** Empty for an action without a path. */
  realPath: string;
}

/**
 * The rule for exactly this call, or null where none can say it: a command that is more than one argv
 * (a pipe hands on what the rule does not see), or an action without path and host.
 */
export function toStandingRule({ tool, action, realPath }: RuledCall, home: string): StandingRule | null {
  switch (action.kind) {
    case "bash": {
      const argv = toLoneArgv(action.command, home);
      return argv === null ? null : { kind: "command", argv };
    }
    case "read":
    case "write":
    case "test-run":
      return realPath === "" ? null : { kind: "path", tool, path: realPath };
    case "network":
      return { kind: "host", tool, host: toHostName(action.host) };
    case "mcp":
      return { kind: "mcp", tool, textSha256: action.textSha256 };
    case "sessions":
    case "rest":
      return null;
  }
}

/** True if a person has said yes for good to a call like this. */
export function isStanding(rules: readonly StandingRule[], call: RuledCall, home: string): boolean {
  const wanted = toStandingRule(call, home);
  return wanted !== null && rules.some((rule) => JSON.stringify(rule) === JSON.stringify(wanted));
}

/** The argv of a line that is one plain command and opens no file by itself. */
function toLoneArgv(command: string, home: string): string[] | null {
  const parsed = parseCommand(command, home);
  const [part, ...more] = parsed.kind === "parts" ? parsed.parts : [];
  if (part === undefined || more.length > 0 || part.argv.length === 0) return null;
  return part.reads.length > 0 || part.writes.length > 0 ? null : part.argv;
}
