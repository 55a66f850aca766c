import { readFileSync } from "node:fs";
import { access, chmod, copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ProfclawError } from "../../../core/errors.ts";
import { type SessionId, toShortId } from "../../../core/id.ts";
import { type Usage, noUsage } from "../../../core/usage.ts";
import type { PlanRequest } from "../driver.ts";
import { parseRecord } from "../json-record.ts";
import { readTotals } from "./claude-shapes.ts";

/** Where claude writes down what is said in a session. */
export interface ConversationPlaces {
  /** Its folder for a session that is started now. */
  configDir(sessionId: SessionId): string;
  /** A folder of the session's own. */
  homeOf(sessionId: SessionId): string;
  /** The user's, which counts for a login. */
  userConfigDir(): string;
}

/**
 * Flags by which claude begins a conversation, goes on with it, or goes on with a copy of another session's. It
 * refuses an id that it knows already, and one that it does not: what counts is what is on its disk.
 */
export async function toConversationFlags(
  places: ConversationPlaces,
  { session, followUp }: Pick<PlanRequest, "session" | "followUp">,
): Promise<string[]> {
  const { id, origin } = session;
  const isKnown = (await findConversation([places.configDir(id)], id)) !== undefined;
  if (isKnown) return ["--resume", id];
  if (origin?.kind === "fork") {
    const copy = await copyConversation(places, origin.sessionId, id);
    return ["--resume", copy, "--fork-session", "--session-id", id];
  }
  return followUp === null ? ["--session-id", id] : ["--resume", id];
}

/** As it is now: what its source says later is not the fork's, nor what that costs. */
async function copyConversation(
  places: ConversationPlaces,
  source: SessionId,
  id: SessionId,
): Promise<string> {
  const folders = [places.configDir(source), places.homeOf(source), places.userConfigDir()];
  const found = await findConversation(folders, source);
  if (found === undefined) {
    const detail = `What was said in session ${toShortId(source)} is not on claude's disk any more.`;
    throw new ProfclawError("agent-lacks", detail, { hint: "Start it anew: profclaw agent retry <id>." });
  }
  const copy = toCopyPath(places, id);
  await mkdir(places.homeOf(id), { recursive: true, mode: 0o700 });
  await copyFile(found, copy);
  await chmod(copy, 0o600);
  return copy;
}

function toCopyPath(places: Pick<ConversationPlaces, "homeOf">, id: SessionId): string {
  return join(places.homeOf(id), "forked-from.jsonl");
}

async function findConversation(configDirs: readonly string[], id: SessionId): Promise<string | undefined> {
  for (const configDir of configDirs) {
    const projects = join(configDir, "projects");
    for (const project of await readdir(projects).catch(() => [])) {
      const file = join(projects, project, `${id}.jsonl`);
      if (
        await access(file).then(
          () => true,
          () => false,
        )
      )
        return file;
    }
  }
  return undefined;
}

/** What a conversation had cost by its own count; it goes on counting from there in whoever forks it. */
export interface Inherited {
  usage: Usage;
  microUsd: number;
}

/** Of a fork; null for a session that is none. */
export function readInherited(
  places: Pick<ConversationPlaces, "homeOf">,
  { id, origin }: { id: SessionId; origin?: { kind: string } },
): Inherited | null {
  if (origin?.kind !== "fork") return null;
  const lines = readText(toCopyPath(places, id)).split("\n");
  const last = lines.findLast((line) => line.includes('"cost-state"'));
  const record = last === undefined ? null : parseRecord(last);
  const total = record === null ? null : readTotals(record["totalCostUSD"], record["modelUsage"]);
  return total ?? { usage: noUsage, microUsd: 0 };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
