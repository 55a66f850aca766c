import { question } from "./scenes.ts";

/** What was typed and what it printed. */
export interface Shot {
  title: string;
  text: string;
  command: string;
  output: string;
}

const widest = 110;

/** The page: what is asked, then command by command. */
export function renderRun(shots: readonly Shot[]): string {
  return [
    "# Three roles, one question",
    "",
    `> ${question}`,
    "",
    "A real run of the built program on this repository, recorded by `npm run triangulation`. The model is simulated: it",
    "says only what follows from what its tools have answered, and the tools are the real ones. Ids, times and folders are made",
    "the same for every run. How it works: [triangulation.md](triangulation.md).",
    ...shots.flatMap(toSection),
    "",
    "## From your own agent",
    "",
    "Over MCP the same are five tools: `spawn` with `roles`, `wait`, `whisper`, `wait`, `consolidate`. See [mcp.md](mcp.md).",
    "",
  ].join("\n");
}

function toSection({ title, text, command, output }: Shot): string[] {
  return ["", `## ${title}`, "", text, "", "```sh", ...fold(command), "```", "", "```", output, "```"];
}

/** As a person would break it: before its flags. */
function fold(command: string): string[] {
  if (command.length <= widest) return [command];
  const parts = command.split(/ (?=--task)/);
  return parts.map((part, at) => `${at === 0 ? "" : "  "}${part}${at < parts.length - 1 ? " \\" : ""}`);
}
