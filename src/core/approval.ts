/** A yes for good, in one workspace: for exactly this argv, or for this tool on this real path or host. */
export type StandingRule =
  | { kind: "command"; argv: string[] }
  | { kind: "path"; tool: string; path: string }
  | { kind: "host"; tool: string; host: string }
  /** As long as the tool says of itself exactly what it said then. */
  | { kind: "mcp"; tool: string; textSha256: string };

/** A call that a session asks leave for. The number counts from 1 within the session. */
export interface ApprovalAsk {
  number: number;
  toolCallId: string;
  tool: string;
  /** What it would touch: a real path, or an MCP tool's text by hash; empty for others. */
  realPath: string;
  /** Of the call's canonical bytes: tool, input, folder and the real path it would touch. */
  sha256: string;
  /** Why leave is needed. */
  reason: string;
  /** What the call would do; its beginning where it is very long. */
  text: string;
  /** Of the whole text. */
  sizeBytes: number;
  /** Until then somebody may answer; after that the answer is no. ms since the epoch. */
  untilMs: number;
  /** So long it was open for. */
  waitMs: number;
  /** What an answer "always" would write down; empty where no rule can say it. */
  rules: StandingRule[];
}

export type ApprovalVerdict = "allow" | "deny";

export interface ApprovalAnswer {
  verdict: ApprovalVerdict;
  /** "person", "session <id>" or "deadline". */
  by: string;
  /** For the model. */
  text: string | null;
}

/** What a table shows of an ask, in one line; and when it is over. */
export interface AskSummary {
  number: number;
  tool: string;
  what: string;
  untilMs: number;
}

const longestSummary = 200;

/** The first of what a call would do, behind the tool's name; its lines stay lines. */
export function toAskSummary({ number, tool, text, untilMs }: ApprovalAsk): AskSummary {
  const [, ...lines] = text.slice(0, longestSummary * 4).split("\n");
  return { number, tool, what: lines.join("\n").slice(0, longestSummary), untilMs };
}

/** `closed`: before anybody answered its session ended, or the agent that asked withdrew it. */
export const approvalStatuses = ["open", "allowed", "denied", "expired", "closed"] as const;

export type ApprovalStatus = (typeof approvalStatuses)[number];

/** Who answers for a person that did not. */
export const deadline = "deadline";
