import { ProfclawError } from "../../core/errors.ts";
import type { PlanRequest } from "./driver.ts";

/** The program of an agent that we know. Throws agent-not-installed. */
export function requireProgram(
  { program, path }: Pick<PlanRequest, "program" | "path">,
  { name, npmPackage }: { name: string; npmPackage: string },
): string {
  if (program !== undefined) return program;
  throw new ProfclawError("agent-not-installed", `${name} is not on PATH (${path}).`, {
    pointer: "agent",
    hint: `Install it (npm i -g ${npmPackage}), name its program in your settings (agents.${name}.command), or take another agent.`,
  });
}
