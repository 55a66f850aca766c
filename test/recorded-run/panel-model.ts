import { toContentText, toRecords } from "../support/model-server/json.ts";
import type { ParsedRequest, Reply } from "../support/model-server/reply.ts";
import { listPastCalls, type PastCall, resultsOf } from "./history.ts";
import { answerPanelist } from "./panelist.ts";

const panel = ["archivist", "explorer", "skeptic"];
const tools = ["read_file", "grep", "glob", "distill", "consolidate", "vote_distill"];

/** The same for every run, whatever the files hold: what a simulated call costs says nothing. */
const usage = { inputTokens: 2_400, outputTokens: 160 };

/** The model of the recorded run: a lead with its panel. All that it says follows from what its tools have answered. */
export function answerPanel(request: ParsedRequest): Reply {
  const calls = listPastCalls(request);
  const role = /Be an? (\w+)\./.exec(request.system)?.[1] ?? "";
  const isAsked = toRecords(request.messages).some(({ content }) =>
    toContentText(content).includes('<message kind="whisper"'),
  );
  const reply = answerPanelist(role, calls, isAsked) ?? answerLead(request.firstUserText, calls);
  return { delayMs: toDelayMs(role, calls), usage, ...reply };
}

/** Their steps have the same order in every run; and all have seen the findings before the first one votes. */
function toDelayMs(role: string, calls: readonly PastCall[]): number {
  const at = Math.max(0, panel.indexOf(role));
  const hasSeen = resultsOf(calls, "consolidate").length > 0;
  return 60 + 150 * at + (hasSeen ? 500 : 0);
}

/** Spawns the panel, each blind to the others; has them vote; and gives what came of it. */
function answerLead(question: string, calls: readonly PastCall[]): Reply {
  const [spawned] = resultsOf(calls, "sessions_spawn");
  if (spawned === undefined) {
    const [asked = question] = question.split(/(?<=\?) /);
    const task = `${asked} Look for yourself, record your answer with distill, and give it.`;
    const sessions = panel.map((role) => ({ task, role, name: role, tools }));
    return { toolCalls: [{ name: "sessions_spawn", input: { sessions } }] };
  }
  const ids = [...spawned.matchAll(/<session id="([^"]+)"/g)].map(([, id = ""]) => id);
  if (resultsOf(calls, "whisper").length === 0) {
    const content =
      "All have answered. Look at what the others found (consolidate), check it, and vote on it (vote_distill).";
    return { toolCalls: ids.map((to) => ({ name: "whisper", input: { to, content } })) };
  }
  if (resultsOf(calls, "wait").length === 0) return { toolCalls: [{ name: "wait", input: { tasks: ids } }] };
  const [consolidated] = resultsOf(calls, "consolidate");
  if (consolidated === undefined) return { toolCalls: [{ name: "consolidate" }] };
  const list = consolidated.slice(consolidated.indexOf("1. ["));
  const best = /^1\. \[(\w+), [^\]]*\] (.*)$/m.exec(list);
  return { text: `The panel's answer (${best?.[1]}): ${best?.[2]}\n\n${list}` };
}
