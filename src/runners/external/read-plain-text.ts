import type { OutputReader } from "./driver.ts";
import { judgeExit, toSaid } from "./judge-exit.ts";

// More than this is not an answer any more; the whole output is in the run's folder.
const longestText = 8 * 1024 * 1024;

/** All that the program prints is its answer. */
export function readPlainText(): OutputReader {
  const lines: string[] = [];
  let [length, dropped] = [0, 0];
  return {
    line({ text, droppedCharacters }) {
      dropped += droppedCharacters;
      if (length + text.length > longestText) {
        dropped += text.length + 1;
        return [];
      }
      length += text.length + 1;
      lines.push(text);
      return [{ kind: "live", event: { type: "text-delta", text: `${text}\n` } }];
    },
    end(end, errors) {
      const cut = dropped === 0 ? [] : [`[${dropped} characters more were printed]`];
      const text = [...lines, ...cut].join("\n").trimEnd();
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
