import { ProfclawError } from "../../../core/errors.ts";

/** What it takes for a model besides whole names, as `claude --help` and its /model have them. */
const aliases = ["sonnet", "opus", "haiku", "fable", "opusplan", "default", "best"];

/** Throws unknown-model for a name that claude has no model for: it would find out after its start. */
export function checkClaudeModel(model: string): void {
  const name = model.toLowerCase().replace(/\[1m\]$/, "");
  if (aliases.includes(name) || name.includes("claude")) return;
  throw new ProfclawError(
    "unknown-model",
    `Agent claude has no model ${JSON.stringify(model.slice(0, 80))}.`,
    {
      pointer: "model",
      hint: `Take ${aliases.slice(0, 3).join(", ")} or a whole name (claude-sonnet-4-6), or leave model out.`,
    },
  );
}
