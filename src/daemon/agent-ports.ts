import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { EngineParts } from "../engine/engine-parts.ts";

// A chain of restarts, each on another port, under agents that run for hours.
const mostPorts = 8;

/**
 * The ports of earlier daemons by which agents that still run reach their tools: an address that a program was
 * started with can not be told anew. Empty where none of them runs, or the only one is `port` itself.
 */
export async function findPortsToKeep(
  path: string,
  port: number,
  { store, runners }: Pick<EngineParts, "store" | "runners">,
): Promise<number[]> {
  const ports = readPorts(path);
  if (ports.every((one) => one === port)) return [];
  const living = await store.listLiveSessions();
  return living.some(({ agent, status }) => !runners.has(agent) && status !== "queued") ? ports : [];
}

/** Before an agent is started: the daemon's own first. Whole or not at all. */
export function writePorts(path: string, ports: readonly number[]): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify([...new Set(ports)].slice(0, mostPorts))}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

function readPorts(path: string): number[] {
  try {
    const found: unknown = JSON.parse(readFileSync(path, "utf8"));
    return Array.isArray(found) ? found.filter(isPort).slice(0, mostPorts) : [];
  } catch {
    return [];
  }
}

function isPort(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536;
}
