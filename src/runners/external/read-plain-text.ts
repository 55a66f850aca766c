import { toPlainText } from "../../core/content.ts";
import type { OutputReader } from "./driver.ts";
import { judgeExit, toSaid } from "./judge-exit.ts";
import { createTurnContent } from "./turn-content.ts";

/** All that the program prints is its answer. */
export function readPlainText(): OutputReader {
  const said = createTurnContent();
  return {
    line({ text, droppedCharacters }) {
      said.say("text", `${text}\n`);
      said.drop(droppedCharacters);
      return [{ kind: "live", event: { type: "text-delta", text: `${text}\n` } }];
    },
    end(end, errors) {
      const text = toPlainText(said.parts()).trimEnd();
      const turn = {
        kind: "turn" as const,
        content: [{ type: "text" as const, text }],
        finish: "stop" as const,
        usage: null,
        costUsd: null,
      };
      const fault = judgeExit(end, errors) ?? (text === "" ? toSilence(errors) : null);
      if (fault === null) return { news: [turn], outcome: { kind: "completed", text } };
      return { news: [turn], outcome: { kind: "failed", reason: "agent-error", fault, text } };
    },
  };
}

function toSilence(errors: string): { code: string; detail: string } {
  return { code: "agent-no-answer", detail: `It left with exit code 0 and printed nothing${toSaid(errors)}` };
}
