import type { Handlers } from "../contract/implement.ts";
import { ProfclawError } from "../core/errors.ts";
import { findNearest } from "../core/nearest.ts";
import type { AnyTool, ToolContext } from "./tool.ts";
import { parseToolsets, toolsets, type ToolsetName } from "./toolsets.ts";

/** The tools of one connection, in the order of its sets. Throws invalid-request for a set that there is not. */
export function pickTools(
  table: ReadonlyMap<string, AnyTool>,
  connection: { toolset: string | null; isSession: boolean },
): AnyTool[] {
  const usual: ToolsetName = connection.isSession ? "child" : "default";
  const { sets, unknown } = parseToolsets(connection.toolset ?? usual);
  if (unknown !== null) throw refuseToolset(unknown);
  const chosen = sets.length === 0 ? [usual] : sets;
  const foreign = chosen.find((set) => connection.isSession && set !== usual);
  if (foreign !== undefined) throw refuseToSession(foreign);
  const names = new Set(chosen.flatMap((set): string[] => [...toolsets[set]]));
  return [...names].flatMap((name) => table.get(name) ?? []);
}

function refuseToSession(set: ToolsetName): ProfclawError {
  return new ProfclawError("policy-denied", `A session has the toolset child, and not ${set}.`, {
    pointer: "toolset",
    hint: "Leave toolset out.",
  });
}

function refuseToolset(word: string): ProfclawError {
  const names = Object.keys(toolsets);
  const [nearest] = findNearest(word.slice(0, 100), names, 1);
  const meant = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  return new ProfclawError("invalid-request", `There is no toolset ${JSON.stringify(word.slice(0, 100))}.`, {
    pointer: "toolset",
    hint: `There are: ${names.join(", ")}.${meant}`,
  });
}

const spawning: ReadonlySet<string> = new Set(["spawn", "sessions_spawn"]);

export function isSpawning(tool: AnyTool): boolean {
  return spawning.has(tool.name);
}

/** A session spawns only if it was given the right: then sessions_spawn is among its tools. */
export async function maySpawn(handlers: Handlers, { call }: Pick<ToolContext, "call">): Promise<boolean> {
  if (call.caller.kind !== "session") return true;
  const { tools } = await handlers.getSession({ id: call.caller.sessionId }, call);
  return tools.includes("sessions_spawn");
}
