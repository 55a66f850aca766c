import { commandTable } from "./command-table.ts";

const examples: Record<string, readonly string[]> = {
  "": [
    'profclaw agent spawn --task "Review src/auth" --task "Find slow queries"',
    "profclaw agent sessions --tree",
    "profclaw cost --today",
    "profclaw demo",
  ],
  agent: [
    'profclaw agent spawn --count 3 --task "Find a bug and prove it with a test"',
    'profclaw agent spawn -d --provider groq --task "Summarise docs/"',
    "profclaw agent logs -f 1a2b3c4d",
    "profclaw agent result 1a2b3c4d",
  ],
  flow: ["profclaw flow list", "profclaw flow validate flow.yaml", "profclaw flow resume 1a2b3c4d"],
  policy: ["profclaw policy show", 'profclaw policy check "git push"'],
  provider: ["profclaw provider list", "profclaw provider test groq"],
  models: ["profclaw models list --provider groq"],
  token: ["profclaw token show", "profclaw token rotate"],
};

/** The help of the whole program, or of a group of commands: examples, then what there is. */
export function renderOverview(group: string): string {
  const entries = commandTable.filter(({ name }) => group === "" || name.startsWith(`${group} `));
  const width = Math.max(...entries.map(({ name }) => name.length));
  return [
    group === "" ? "profclaw: run many AI agent sessions at once and lose none of them" : `profclaw ${group}`,
    "",
    ...(examples[group] ?? []).map((example) => `  ${example}`),
    "",
    "Commands",
    ...entries.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    `More: profclaw ${group === "" ? "<command>" : `${group} <command>`} --help`,
  ].join("\n");
}
