import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { parseSettings } from "../../config/file/parse-settings.ts";
import { type NewBatchInput, newBatchShape, newSessionShape } from "../../contract/session-operations.ts";
import { ProfclawError } from "../../core/errors.ts";

const mostBytes = 4_000_000;

/** A file as it was typed and read. */
export interface PlanText {
  /** As it is called in errors. */
  name: string;
  text: string;
}

/** Reads a file, or stdin for "-". Throws invalid-request for what cannot be read. */
export function readPlanText(path: string, cwd: string): PlanText {
  const name = path === "-" ? "standard input" : path;
  try {
    const text = readFileSync(path === "-" ? 0 : resolve(cwd, path), "utf8");
    if (Buffer.byteLength(text) <= mostBytes) return { name, text };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProfclawError("invalid-request", `The file cannot be read: ${reason}`, {
      hint: "Name a YAML or JSON file that is there, or - for what comes from a pipe.",
    });
  }
  throw new ProfclawError("invalid-request", `${name} is larger than ${mostBytes} bytes.`, {
    hint: "Long tasks go into files of the workspace that a session reads.",
  });
}

const teamRefusal = {
  code: "invalid-request",
  hint: 'A team is a list of sessions:\n  - provider: groq\n    model: llama-3.3-70b\n    task: "Find all API endpoints"',
} as const;

/**
 * A team's file: a list of sessions, or the body of the REST request with its `sessions`. Throws invalid-request
 * with line and column of every fault.
 */
export function parseTeam({ name, text }: PlanText): NewBatchInput {
  const kind = { file: name, refusal: teamRefusal };
  if (Array.isArray(readValues({ name, text }))) {
    const list = z.array(newSessionShape).min(1, "has no session").max(1_000, "has more than 1000 sessions");
    return { sessions: parseSettings(text, { ...kind, schema: list }).values };
  }
  return parseSettings(text, { ...kind, schema: newBatchShape }).values;
}

/** True for a file that has steps: a flow, and no team. */
export function isFlow(plan: PlanText): boolean {
  const values = readValues(plan);
  return typeof values === "object" && values !== null && !Array.isArray(values) && "steps" in values;
}

/** What stands in the file, whatever that is. Throws invalid-request where it is no YAML. */
function readValues({ name, text }: PlanText): unknown {
  return parseSettings(text, { file: name, schema: z.unknown(), refusal: teamRefusal }).values;
}
