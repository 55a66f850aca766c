import { findNearest } from "../core/nearest.ts";
import { parseHostPattern } from "./host-pattern.ts";
import { parsePathPattern } from "./path-pattern.ts";
import type { RuleTarget } from "./rule.ts";
import { splitShellWords } from "./shell-words.ts";

/** `column` counts characters of the rule from 1; `detail` completes "… : ". */
export type RuleOutcome =
  | { kind: "target"; target: RuleTarget }
  | { kind: "fault"; detail: string; column: number };

type Kind = "command" | "read" | "write" | "host";

/** The names that coding agents use, and which tools of ours each speaks of. */
const families: Record<string, { kind: Kind; tools: readonly string[] }> = {
  Bash: { kind: "command", tools: ["bash"] },
  bash: { kind: "command", tools: ["bash"] },
  Read: { kind: "read", tools: ["read_file", "list_dir", "glob", "grep"] },
  Edit: { kind: "write", tools: ["edit_file", "write_file"] },
  Write: { kind: "write", tools: ["edit_file", "write_file"] },
  WebFetch: { kind: "host", tools: ["fetch_url"] },
  fetch_url: { kind: "host", tools: ["fetch_url"] },
};

const longestRule = 2_000;

/** Reads `Bash(git log:*)`, `Edit(src/**)`, `WebFetch(domain:example.com)` or a bare tool name. */
export function parseRule(text: string, toolNames: readonly string[]): RuleOutcome {
  if (text.length > longestRule) return fault(`a rule has at most ${longestRule} characters`, longestRule);
  const [, blank = "", name = "", rest = ""] = /^(\s*)([^(\s]*)([\s\S]*?)\s*$/.exec(text) ?? [];
  if (name === "") return fault("a rule begins with a tool's name, for example Bash(git log:*)", 1);
  const nameColumn = blank.length + 1;
  const family = Object.hasOwn(families, name) ? families[name] : undefined;
  const foreign = toForeign(name);
  if (foreign !== null && rest === "") return { kind: "target", target: { kind: "tool", tools: [foreign] } };
  if (foreign !== null) return fault(`${name} takes nothing in parentheses`, nameColumn + name.length);
  if (family === undefined && !toolNames.includes(name)) return fault(toUnknown(name, toolNames), nameColumn);
  if (rest === "") return { kind: "target", target: { kind: "tool", tools: family?.tools ?? [name] } };
  const open = nameColumn + name.length;
  if (!rest.startsWith("(")) return fault(`expected ( or the end after ${name}`, open);
  if (!rest.endsWith(")")) return fault("the parenthesis does not end", open + rest.length);
  if (family === undefined) {
    return fault(`${name} takes nothing in parentheses; only ${parenthesised} do`, open);
  }
  const inner = rest.slice(1, -1);
  if (inner.trim() === "") return fault("nothing stands in the parentheses", open + 1);
  if (inner.trim() === "*") return { kind: "target", target: { kind: "tool", tools: family.tools } };
  return shift(readInner(family.kind, inner), open);
}

/** A tool of an MCP server, all of a server (`mcp__server`, `mcp__server__*`) or of all servers (`mcp__*`). */
function toForeign(name: string): string | null {
  if (name === "mcp__*") return name;
  const [, server, tool] =
    /^mcp__([A-Za-z0-9][A-Za-z0-9-]*(?:_[A-Za-z0-9-]+)*)(?:__(\*|[\w-]+\*?))?$/.exec(name) ?? [];
  if (server === undefined) return null;
  return tool === undefined ? `mcp__${server}__*` : name;
}

const parenthesised = "Bash, Read, Edit, Write and WebFetch";

function readInner(kind: Kind, inner: string): RuleOutcome {
  if (kind === "command") return readCommand(inner);
  if (kind === "host") return readHost(inner);
  const outcome = parsePathPattern(inner);
  if (outcome.kind === "fault") return fault(outcome.detail, outcome.at + 1);
  return { kind: "target", target: { kind: "path", access: kind, pattern: outcome.pattern } };
}

function readHost(inner: string): RuleOutcome {
  const [prefix = ""] = /^\s*(?:domain:)?\s*/.exec(inner) ?? [];
  const outcome = parseHostPattern(inner.slice(prefix.length).trimEnd());
  if (outcome.kind === "fault") return fault(outcome.detail, prefix.length + 1);
  return { kind: "target", target: { kind: "host", host: outcome.host } };
}

/** `git log:*` and `git log *`: argv that begins so. Without a star: exactly this argv. */
function readCommand(inner: string): RuleOutcome {
  const [tail = ""] = /(?::\*|\s\*)\s*$/.exec(inner) ?? [];
  const words = inner.slice(0, inner.length - tail.length);
  const split = splitShellWords(words, "~");
  if (split.kind === "unclear") {
    return fault(`a rule names a plain command, this one has ${split.reason}`, findUnclear(words));
  }
  const operator = split.tokens.find((token) => token.kind === "operator");
  if (operator !== undefined) {
    const column = words.indexOf(operator.text) + 1;
    return fault(`a rule names one command, without ${operator.text}: write one rule for each part`, column);
  }
  const argv = split.tokens.map((token) => token.text);
  if (argv.length === 0) return fault("a command's name is missing", 1);
  if (/^[A-Za-z_]\w*=/.test(argv[0] ?? "")) return fault("a rule begins with the command, not a variable", 1);
  return { kind: "target", target: { kind: "command", argv, isOpen: tail !== "" } };
}

/** The column after which the words are no longer clear: the first that makes them so. */
function findUnclear(words: string): number {
  const whole = splitShellWords(words, "~");
  const reason = whole.kind === "unclear" ? whole.reason : "";
  for (let length = 1; length < words.length; length += 1) {
    const split = splitShellWords(words.slice(0, length), "~");
    // A $ is one only with what follows it.
    if (split.kind === "unclear" && split.reason === reason)
      return reason.endsWith("($)") ? length - 1 : length;
  }
  return Math.max(1, words.length);
}

function toUnknown(name: string, toolNames: readonly string[]): string {
  const nearest = findNearest(name, [...new Set([...Object.keys(families), ...toolNames])]);
  const guess = nearest.length === 0 ? "" : ` Did you mean ${nearest.join(" or ")}?`;
  return `no tool is called ${JSON.stringify(name)}.${guess}`;
}

function shift(outcome: RuleOutcome, by: number): RuleOutcome {
  return outcome.kind === "fault" ? { ...outcome, column: outcome.column + by } : outcome;
}

function fault(detail: string, column: number): RuleOutcome {
  return { kind: "fault", detail, column };
}
