import type { MessageView } from "../../contract/message-operations.ts";
import type { SessionView } from "../../contract/shapes.ts";
import { toShortId } from "../../core/id.ts";
import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toCostText } from "../money-text.ts";
import { toStatusText } from "../outcome.ts";
import { toJsonText, toOneLine, toPlainText } from "../plain-text.ts";
import { toNeedsYouLines } from "../needs-you.ts";
import { toElapsedText, toModelText } from "../session-text.ts";
import { cutText } from "../text-width.ts";

export const agentShow = defineCommand({
  name: "agent show",
  summary: "All that is known of one session.",
  examples: ["profclaw agent show 1a2b3c4d"],
  declare(parser) {
    parser.argument("<id>", "a session's id or the start of one");
  },
  async run({ args: [id = ""], options }, context) {
    const client = await linkDaemon(context);
    try {
      const session = await client.getSession({ id });
      if (options.json === true) {
        context.terminal.print(toJsonText(session));
        return 0;
      }
      const { messages } = await client.listMessages({ id: session.id, limit: 1_000 });
      const lines = [...renderSession(session, context.clock.now()), ...renderMessages(messages)];
      context.terminal.print(lines.join("\n"));
      return 0;
    } finally {
      client.close();
    }
  },
});

const mostShown = 10;
const messageWidth = 70;

/** The latest messages that a person or another session sent, and what became of each. */
export function renderMessages(messages: readonly MessageView[]): string[] {
  const sent = messages.filter(({ kind }) => kind !== "result").slice(-mostShown);
  if (sent.length === 0) return [];
  const lines = sent.map(({ receipt, from, message }) => {
    const sender = from === "user" ? from : toShortId(from);
    return `${receipt.padEnd(9)}  ${sender.padEnd(8)}  ${cutText(toOneLine(message), messageWidth)}`;
  });
  return ["", "messages", ...lines];
}

/** A session's facts, a line each; what it does not have is left out. */
export function renderSession(session: SessionView, nowMs: number): string[] {
  const { usage } = session;
  const labels = Object.entries(session.labels).map(([key, value]) => `${key}=${value}`);
  const facts: [string, string | null][] = [
    ["id", session.id],
    ["batch", session.batch_id],
    ["parent", session.parent_id],
    ["status", `${toStatusText(session.status)}${session.reason === null ? "" : ` (${session.reason})`}`],
    ["doing", session.activity],
    ["until", session.waiting_until],
    ["retry of", session.retry_of],
    ["fork of", session.forked_from && `${session.forked_from.id}, turn ${session.forked_from.turn}`],
    ["resumed", session.resumes === 0 ? null : `${session.resumes}×`],
    ["name", session.name],
    ["agent", session.agent],
    ["model", toModelText(session)],
    ["role", session.role],
    ["notes", session.project_notes.map(toNotesText).join(", ") || null],
    ["tools", session.tools.length === 0 ? "none" : session.tools.join(", ")],
    ["level", session.permission_mode],
    ["folder", session.cwd],
    ["branch", session.worktree && `${session.worktree.branch}, from ${session.worktree.origin}`],
    ["labels", labels.length === 0 ? null : labels.join(", ")],
    ["created", session.created_at],
    ["started", session.started_at],
    ["ended", session.ended_at],
    ["ran", toElapsedText(session, nowMs) || null],
    ["turns", String(session.turns)],
    [
      "tokens",
      `${usage.input_tokens} in (${usage.cache_read_tokens} from cache), ${usage.output_tokens} out`,
    ],
    ["cost", toCostText(session.cost_usd)],
    ["error", session.error === null ? null : `${session.error.code}: ${session.error.detail}`],
  ];
  const lines = facts
    .filter((fact): fact is [string, string] => fact[1] !== null)
    .map(([name, value]) => `${name.padEnd(9)}${toOneLine(value)}`);
  const text = session.result === null ? [] : ["", "result", toPlainText(session.result.text)];
  return [...lines, ...toNeedsYouLines([session]), "", "task", toPlainText(session.task), ...text];
}

function toNotesText({ path, truncated }: SessionView["project_notes"][number]): string {
  return truncated ? `${path} (cut)` : path;
}
