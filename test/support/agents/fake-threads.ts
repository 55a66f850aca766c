import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { keepWhole } from "./keep-whole.ts";

/** What a fake codex keeps of its conversations in CODEX_HOME, by whichever wire it is spoken to. */

export interface Count {
  totalTokens: number;
  inputTokens: number;
  cachedInputTokens: number;
  cacheWriteInputTokens: number;
  outputTokens: number;
  reasoningOutputTokens: number;
}

export const noCount: Count = {
  totalTokens: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteInputTokens: 0,
  outputTokens: 0,
  reasoningOutputTokens: 0,
};

export interface ThreadMemory {
  said: string[];
  /** What it was told, whole. */
  told: string[];
  total: Count;
}

export interface KeptThread extends ThreadMemory {
  isArchived: boolean;
}

export function beginMemory(): ThreadMemory {
  return { said: [], told: [], total: { ...noCount } };
}

/** It was told that. */
export function hear({ said, told }: ThreadMemory, text: string): void {
  told.push(text);
  said.push(text.length > 1_000 ? `${text.length} characters` : text);
}

export function saveThread(id: string, { said, told, total }: ThreadMemory, isArchived = false): void {
  mkdirSync(toFolder(), { recursive: true });
  keepWhole(toFile(id), { said, told, total, isArchived });
}

export function loadThread(id: string): KeptThread | undefined {
  if (!existsSync(toFile(id))) return undefined;
  return JSON.parse(readFileSync(toFile(id), "utf8")) as KeptThread;
}

export function forgetThread(id: string): void {
  rmSync(toFile(id), { force: true });
}

/** As the real one tells of them: of a killed one's only turn there may be nothing. */
export function listTurns({ told }: ThreadMemory): object[] {
  const items = told.map((text) => ({ type: "userMessage", content: [{ type: "text", text }] }));
  return items.length === 0 ? [] : [{ id: "an-earlier-turn", status: "interrupted", items }];
}

function toFolder(): string {
  return join(process.env["CODEX_HOME"] ?? "", "threads");
}

function toFile(id: string): string {
  return join(toFolder(), `${id}.json`);
}
