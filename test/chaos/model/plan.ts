/** What the model asks for in one turn. */
export type Step =
  /** Appends one line to the effect file. */
  | "bash"
  /** The same, and then takes its time. */
  | "slow-bash"
  /** Two such commands and a read, side by side. */
  | "three"
  | "write"
  | "edit"
  | "read"
  /** Starts a process that leaves its group and would live for minutes. */
  | "linger"
  /** A command that needs leave at every level but full. */
  | "ask"
  /** Children of its own, waited for. */
  | "spawn"
  /** Children whose results come as messages. */
  | "spawn-free";

/** What goes wrong with a model call, once. */
export type Accident =
  | "error-500"
  | "error-529"
  | "cut"
  | "early-end"
  | "malformed"
  | "error-event"
  | "empty"
  | "wild-usage";

/** A session's whole life, told to the model in the task itself: the model server needs no memory of it. */
export interface Plan {
  /** Unlike any other: effects, files and calls are known by it. */
  id: string;
  steps: Step[];
  /** How long each answer takes. */
  delayMs: number;
  /** By turn, counted from 0: what happens to the first calls of it. */
  accidents?: Record<number, Accident[]>;
  /** Its first last word has not the asked shape. */
  wrongShape?: boolean;
  children?: Plan[];
  /** After its steps it reads mail until it is told to stop; its last word names all letters, as it read them. */
  listens?: boolean;
}

const head = "chaos plan: ";

export function toTask(plan: Plan): string {
  return `${head}${JSON.stringify(plan)}`;
}

/** Undefined for a task that is no plan. */
export function parseTask(task: string): Plan | undefined {
  // Mail that came before the first turn stands in the same message, on lines of its own.
  const [line = ""] = task.slice(head.length).split("\n");
  return task.startsWith(head) ? (JSON.parse(line) as Plan) : undefined;
}

/** Every effect that the turn asks for, by the line it leaves in the effect file. */
export function listEffects(plan: Plan, turn: number): string[] {
  switch (plan.steps[turn]) {
    case "bash":
    case "slow-bash":
      return [`${plan.id}/${turn}`];
    case "three":
      return [`${plan.id}/${turn}a`, `${plan.id}/${turn}b`];
    default:
      return [];
  }
}

/** The line that an edit of that turn puts into the session's file. */
export function toEditLine(turn: number): string {
  return `line ${turn}`;
}

/** What every whole answer of that turn costs: odd on purpose, so that sums can not fit by accident. */
export function toTurnUsage(turn: number): { inputTokens: number; outputTokens: number } {
  return { inputTokens: 1_009 + turn * 7, outputTokens: 101 + turn * 3 };
}

/** The plan and all below it. */
export function withChildren(plan: Plan): Plan[] {
  return [plan, ...(plan.children ?? []).flatMap(withChildren)];
}
