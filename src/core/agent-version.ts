/** The least version of an agent's program that is driven as it should be, and how a newer one is got. */
interface LeastVersion {
  least: string;
  update: string;
}

// Of claude 2.1.250 does not know --system-prompt-snapshot, 2.1.300 does. Of the others, those that were tried.
const leastVersions: Readonly<Record<string, LeastVersion>> = {
  claude: { least: "2.1.300", update: "npm i -g @anthropic-ai/claude-code@latest" },
  codex: { least: "0.169.0", update: "npm i -g @openai/codex@latest" },
  gemini: { least: "0.61.0", update: "npm i -g @google/gemini-cli@latest" },
  opencode: { least: "1.18.0", update: "npm i -g opencode-ai@latest" },
};

/** What an agent's program has to be; undefined: anything will do. */
export function findLeastVersion(agent: string): string | undefined {
  return leastVersions[agent]?.least;
}

/** What to type to have an agent's program; undefined: nobody knows. */
export function findInstall(agent: string): string | undefined {
  return leastVersions[agent]?.update;
}

/** `version`: what the program says of itself. Undefined: it is new enough, or nobody can tell. */
export function findTooOld(
  agent: string,
  version: string | null,
): { detail: string; hint: string } | undefined {
  const needed = leastVersions[agent];
  const [found, least] = [parseVersion(version ?? ""), parseVersion(needed?.least ?? "")];
  if (needed === undefined || found === undefined || least === undefined || !isBefore(found, least))
    return undefined;
  return {
    detail: `${agent} ${found.join(".")} is too old: ${needed.least} or newer is needed.`,
    hint: `Update it (${needed.update}), or take another agent.`,
  };
}

type Version = readonly [number, number, number];

/** The first "1.2.3" in a text. */
function parseVersion(text: string): Version | undefined {
  const match = /(\d{1,9})\.(\d{1,9})\.(\d{1,9})/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

function isBefore(a: Version, b: Version): boolean {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0);
}
