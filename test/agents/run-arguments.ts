import type { AgentName } from "./pinned-agents.ts";

/** What `npm run test:agents` was asked for. */
export type Asked =
  | { kind: "run"; agents: AgentName[]; reportFile: string | null; forVitest: string[] }
  | { kind: "unknown"; name: string };

const outputFlag = "--outputFile.json=";

/** `--agent <name>`, any number of times; none: all. The report file is ours to write, the rest is vitest's. */
export function readArguments(words: readonly string[], known: readonly AgentName[]): Asked {
  const agents = new Set<AgentName>();
  const forVitest: string[] = [];
  let reportFile: string | null = null;
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === "--agent" || word.startsWith("--agent=")) {
      const name = word === "--agent" ? (left.shift() ?? "") : word.slice("--agent=".length);
      const found = known.find((one) => one === name);
      if (found === undefined) return { kind: "unknown", name };
      agents.add(found);
    } else if (word.startsWith(outputFlag)) reportFile = word.slice(outputFlag.length);
    // Ours are set for each run.
    else if (word !== "--reporter=json" && word !== "--reporter=default") forVitest.push(word);
  }
  return { kind: "run", agents: agents.size > 0 ? [...agents] : [...known], reportFile, forVitest };
}
