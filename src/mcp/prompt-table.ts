import { type McpPrompt, mayBeCut, readValue } from "./prompt.ts";
import type { ToolContext } from "./tool.ts";

const defaultPanel = "skeptic, critic, explorer";

const fanOut: McpPrompt = {
  name: "fan_out",
  title: "Do the parts in parallel",
  description: "Splits a task into independent parts, one child each, and joins what they come to.",
  arguments: [
    { name: "task", description: "the whole task", required: true },
    { name: "parts", description: "the parts, one a line or by commas; default: find them", required: false },
  ],
  async render(values) {
    const parts = readValue(values, "parts");
    return `${values["task"]}

Do this with parallel sessions:
1. ${parts === null ? "Find the parts that do not need each other's results. If there is only one, do it yourself and stop here." : `The parts are:\n${parts}`}
2. Call spawn once for each part, all of them before you wait. Each prompt stands alone: goal, paths, what to return, how it will be checked. No two children edit the same files.
3. Call wait with all task_ids, until "all"; after timed_out call it again. Read whispers and answer questions that come meanwhile.
4. For a part that failed look at task_logs, then spawn it again with what was missing, at most once.
5. Join the results into one answer. Name what is missing, and where results contradict each other.`;
  },
};

const pipeline: McpPrompt = {
  name: "pipeline",
  title: "Do the steps one after the other",
  description: "Each step is a child that starts from the result of the one before.",
  arguments: [
    { name: "goal", description: "what shall be there at the end", required: true },
    {
      name: "steps",
      description: "the steps, one a line; default: plan, do, check",
      required: false,
    },
  ],
  async render(values) {
    return `${values["goal"]}

Do this as a pipeline of sessions. The steps:
${readValue(values, "steps") ?? "plan it\ndo it\ncheck it against the goal"}

For each step in turn: call spawn with a prompt that holds the goal, this step, and the whole result of the step before (its text, not a reference to it). Call wait for it; after timed_out call it again. Check the result yourself before the next step starts; if it will not do, spawn the step once more and say what was wrong. Stop at a step that fails twice and report how far it came. At the end answer with the last result and one line for each step.`;
  },
};

const reviewPanel: McpPrompt = {
  name: "review_panel",
  title: "Have it reviewed by a panel",
  description: "Several roles look at one subject, blind to each other; their findings are weighed.",
  arguments: [
    { name: "subject", description: "what is reviewed: a question, a diff, paths", required: true },
    { name: "roles", description: `by commas; default ${defaultPanel}`, required: false },
  ],
  async render(values) {
    const roles = (readValue(values, "roles") ?? defaultPanel)
      .split(",")
      .map((role) => role.trim())
      .filter((role) => role !== "");
    return `Have this reviewed by a panel: ${values["subject"]}

1. Call spawn once with roles ${JSON.stringify(roles)}, permission_mode "plan" (they only read), and a prompt that asks each for findings with evidence (path and line, or a command that shows it), the most severe first, and "nothing found" where that is so. Do not tell them what you think.
2. Call wait with the task_ids of panel, until "all"; after timed_out call it again.
3. Weigh the findings: join those that say the same, check each yourself against the evidence, drop what does not hold and say so.
4. Answer with one ranked list: finding, evidence, which roles saw it, how sure you are. Name where they contradict each other instead of averaging.`;
  },
};

const hints: McpPrompt = {
  name: "hints",
  title: "When to reach for which tool",
  description: "What a user's words speak for, in English and Russian: for one text, or the whole list.",
  arguments: [{ name: "text", description: "what the user wrote; default: the whole list", required: false }],
  async render(values, { handlers, call }) {
    const text = readValue(values, "text");
    if (text === null) return listAll({ handlers, call });
    const { hints: found } = await handlers.findHints({ text: text.slice(0, 20_000) }, call);
    // Of a text that was cut the rest is not known here: the model has it, and gets the list.
    if (found.length === 0 && mayBeCut(values)) return listAll({ handlers, call });
    if (found.length === 0) return "Nothing in this text speaks for a parallel session. Do it here.";
    const lines = found.map(({ matched, tool, advice }) => `- "${matched}": ${tool}. ${advice}`);
    return `In what the user wrote, these words speak for a tool. This is advice: the user's own instruction counts.\n\n${lines.join("\n")}`;
  },
};

async function listAll({ handlers, call }: Pick<ToolContext, "handlers" | "call">): Promise<string> {
  const { hints: all } = await handlers.listHints({}, call);
  const lines = all.map(({ tool, advice, phrases }) => `- ${phrases.join(" | ")}\n  ${tool}: ${advice}`);
  return `When a user's words are like these (* is any ending, ... up to four words), consider the tool. This is advice: the user's own instruction counts.\n\n${lines.join("\n")}`;
}

/** Every prompt, in the order in which clients list them. */
export const promptTable: readonly McpPrompt[] = [fanOut, pipeline, reviewPanel, hints];
