import type { Server, ServerContext } from "@modelcontextprotocol/server";
import { ProfclawError } from "../core/errors.ts";
import { findNearest } from "../core/nearest.ts";
import type { Connection } from "./connection.ts";
import { type McpPrompt, mayBeCut, readValue } from "./prompt.ts";
import { promptTable } from "./prompt-table.ts";
import { refusing } from "./refusal.ts";
import type { ReportBug } from "./tool-failure.ts";

export interface PromptServing {
  connect: (context: ServerContext) => Connection;
  reportBug: ReportBug;
}

/** Lists the prompts and fills them in. */
export function servePrompts(server: Server, { connect, reportBug }: PromptServing): void {
  const listed = promptTable.map((prompt) => ({
    name: prompt.name,
    title: prompt.title,
    description: prompt.description,
    arguments: [...prompt.arguments],
  }));
  server.setRequestHandler("prompts/list", () => ({ prompts: listed }));
  server.setRequestHandler("prompts/get", ({ params }, context) =>
    refusing(reportBug, async () => {
      const prompt = findPrompt(params.name);
      const values = params.arguments ?? {};
      checkArguments(prompt, values);
      const rendered = await prompt.render(values, connect(context).context);
      const text = mayBeCut(values) ? `${rendered}\n\n${toCutNote(prompt)}` : rendered;
      return {
        description: prompt.description,
        messages: [{ role: "user" as const, content: { type: "text" as const, text } }],
      };
    }),
  );
}

function toCutNote(prompt: McpPrompt): string {
  const names = prompt.arguments.map(({ name }) => name).join(" and ");
  return `Some clients fill in no more than the first words. If your user's message above holds more, as in <command-args>, then all of that is ${names}: go by it, and not by the words filled in here.`;
}

function findPrompt(name: string): McpPrompt {
  const prompt = promptTable.find((one) => one.name === name);
  if (prompt !== undefined) return prompt;
  const names = promptTable.map((one) => one.name);
  const [nearest] = findNearest(name.slice(0, 100), names, 1);
  const meant = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  throw new ProfclawError("not-found", `There is no prompt ${JSON.stringify(name.slice(0, 100))}.${meant}`, {
    hint: `There are: ${names.join(", ")}.`,
  });
}

function checkArguments(prompt: McpPrompt, values: Readonly<Record<string, string>>): void {
  const names = prompt.arguments.map(({ name }) => name);
  const hint = `${prompt.name} takes: ${names.join(", ")}.`;
  const stray = Object.keys(values).find((name) => !names.includes(name));
  if (stray !== undefined) {
    const detail = `${prompt.name} has no argument ${JSON.stringify(stray.slice(0, 100))}.`;
    throw new ProfclawError("invalid-request", detail, { hint });
  }
  const missing = prompt.arguments.find(({ name, required }) => required && readValue(values, name) === null);
  if (missing === undefined) return;
  throw new ProfclawError("invalid-request", `${prompt.name} needs ${missing.name}.`, {
    pointer: `/${missing.name}`,
    hint: `${missing.name}: ${missing.description}. ${hint}`,
  });
}
