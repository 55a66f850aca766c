import type { AgentName } from "../../test/agents/pinned-agents.ts";
import type { Figure } from "../figure.ts";
import { type AgentStage, openAgentStage } from "./agent-stage.ts";
import { byHand } from "./by-hand.ts";
import { measureLatencies } from "./latency-figures.ts";
import { measureMemory, measureShared } from "./memory-figures.ts";
import { measureWalls } from "./wall-figures.ts";

/** Real agents of others, each of its pinned version, on the scripted model. One that cannot be fetched is left out. */
export async function measureAgents(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, hand] of Object.entries(byHand)) {
    const onStage = (measure: (scene: AgentStage) => Promise<Figure[]>): Promise<Figure[]> =>
      measureOn(name as AgentName, measure);
    figures.push(...(await onStage(measureMemory)));
    // A daemon of its own for each: what others left in its memory is not measured.
    if (hand.isShared === true)
      figures.push(...(await onStage(async (scene) => [await measureShared(scene)])));
    figures.push(...(await onStage((scene) => measureWalls(scene, hand))));
  }
  return [...figures, ...(await measureLatencies())];
}

async function measureOn(
  name: AgentName,
  measure: (scene: AgentStage) => Promise<Figure[]>,
): Promise<Figure[]> {
  await using scene = await openAgentStage(name);
  return scene === undefined ? [] : await measure(scene);
}
