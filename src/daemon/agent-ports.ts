import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { EngineParts } from "../engine/engine-parts.ts";
import { describePortHolder } from "../server/port-holder.ts";

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

/** The ports that were looked up before the daemon listened, the one it was to have, and what it got. */
interface ListenedPorts {
  kept: readonly number[];
  wished: number;
  server: { port: number; takenPorts: readonly number[] };
}

/**
 * Writes down by which ports agents know the daemon: each that is started from now on by the first. One that
 * somebody else has stays among them for the next daemon. Answers what a person should know of those.
 */
export async function settlePorts(
  path: string,
  { kept, wished, server }: ListenedPorts,
  parts: Pick<EngineParts, "store" | "runners">,
): Promise<string[]> {
  // Only the wished one was known, and it is another's: nobody has looked yet who needs it.
  const isWishedLost = kept.length === 0 && server.port !== wished;
  const known = isWishedLost ? await findPortsToKeep(path, server.port, parts) : kept;
  const lost = isWishedLost ? known.filter((port) => port !== server.port) : server.takenPorts;
  writePorts(path, [server.port, ...known]);
  return Promise.all(lost.map((port) => toLostText(port)));
}

async function toLostText(port: number): Promise<string> {
  const holder = await describePortHolder(port, "/proc");
  return (
    `Agents that were started by an earlier daemon reach their tools by port ${port}, which is taken${holder} now: ` +
    "they go on without them. Once it is free: profclaw down && profclaw up"
  );
}

/** Before an agent is started: the daemon's own first. Whole or not at all. */
function writePorts(path: string, ports: readonly number[]): void {
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
