/** What a spawn below a session has around it: texts of tasks. */
export interface SpawnSurroundings {
  /** What is asked for now. */
  tasks: readonly string[];
  /** What the parent has spawned so far, ended ones too. */
  siblings: readonly string[];
  /** The parent's own task, its parent's, and so on. */
  ancestors: readonly string[];
}

// Some copies are a vote; more are a loop.
const mostCopies = 3;

/** Why a model's spawn goes round in a circle, for the model to read; undefined if it does not. */
export function findRepetition({ tasks, siblings, ancestors }: SpawnSurroundings): string | undefined {
  const above = new Set(ancestors.map(normalise));
  const circle = tasks.find((task) => above.has(normalise(task)));
  if (circle !== undefined) {
    return `The task ${quote(circle)} is the one that this session, or one above it, was given itself.`;
  }
  const counts = new Map<string, number>();
  for (const task of [...siblings, ...tasks]) {
    counts.set(normalise(task), (counts.get(normalise(task)) ?? 0) + 1);
  }
  const repeated = tasks.find((task) => (counts.get(normalise(task)) ?? 0) > mostCopies);
  if (repeated === undefined) return undefined;
  return `The task ${quote(repeated)} is spawned again and again: ${mostCopies} times is the most below one session.`;
}

/** Another case or other white space does not make another task. */
function normalise(task: string): string {
  return task.trim().replaceAll(/\s+/g, " ").toLowerCase();
}

function quote(task: string): string {
  return JSON.stringify(task.length > 80 ? `${task.slice(0, 80)}…` : task);
}
