import type { AgentName } from "../../test/agents/pinned-agents.ts";
import type { Figure } from "../figure.ts";
import { openAgentStage } from "./agent-stage.ts";
import { byHand } from "./by-hand.ts";
import { measureLatencies } from "./latency-figures.ts";
import { measureMemory, measureShared } from "./memory-figures.ts";
import { measureWalls } from "./wall-figures.ts";

/** Real agents of others, each of its pinned version, on the scripted model. One that cannot be fetched is left out. */
export async function measureAgents(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, hand] of Object.entries(byHand)) {
    await using scene = await openAgentStage(name as AgentName);
    if (scene === undefined) continue;
    figures.push(...(await measureMemory(scene)), ...(await measureWalls(scene, hand)));
    if (hand.isShared === true) figures.push(await measureShared(scene));
  }
  return [...figures, ...(await measureLatencies())];
}
