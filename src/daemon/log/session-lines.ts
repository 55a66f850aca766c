import type { JournalEvent } from "../../core/journal.ts";
import type { Log, LogFacts } from "../../core/log.ts";
import type { SessionRecord } from "../../core/session.ts";
import type { Witness } from "../../engine/witness.ts";

interface Line {
  text: string;
  level: NonNullable<LogFacts["level"]>;
  more?: NonNullable<LogFacts["more"]>;
}

/** Tells the log what sessions live through: codes and numbers, never what was asked, said or answered. */
export function createLogWitness(log: Log): Witness {
  return {
    accepted(sessions) {
      const [first] = sessions;
      if (first !== undefined)
        log(`accepted ${sessions.length} session${sessions.length === 1 ? "" : "s"}`, {
          batchId: first.batchId,
        });
    },
    recorded({ session, events }) {
      const { id: sessionId, batchId } = session;
      for (const event of events) {
        const line = toLine(session, event);
        if (line !== null) log(line.text, { level: line.level, sessionId, batchId, more: line.more ?? {} });
      }
    },
  };
}

function toLine({ provider, model }: SessionRecord, event: JournalEvent): Line | null {
  switch (event.type) {
    case "session-start":
      return { text: "runs", level: "debug" };
    case "turn-end": {
      const { turn, usage, finish, durationMs } = event;
      const { inputTokens: input_tokens, outputTokens: output_tokens } = usage;
      const more = { turn, finish, input_tokens, output_tokens, ms: durationMs };
      return { text: "the model answered", level: "debug", more };
    }
    case "turn-fail": {
      const more = { provider, model, turn: event.turn, code: event.error.code };
      return { text: "a model call failed", level: "warn", more };
    }
    case "tool-result":
      return { text: "a tool answered", level: "debug", more: { tool: event.tool, error: event.isError } };
    case "approval-ask":
      return { text: "asks for a yes", level: "info", more: { tool: event.tool, approval: event.number } };
    case "wait-start":
      return { text: `waits for ${event.wait.on}`, level: "debug" };
    case "session-end":
      return toEndLine(event);
    default:
      return null;
  }
}

function toEndLine({ end }: Extract<JournalEvent, { type: "session-end" }>): Line {
  const text = `ended: ${end.status}`;
  if (end.status === "completed") return { text, level: "info" };
  const isOurs = end.status === "failed" || end.status === "interrupted";
  return { text, level: isOurs ? "warn" : "info", more: { reason: end.reason, code: end.error.code } };
}
