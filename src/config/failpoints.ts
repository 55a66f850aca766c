import { ProfclawError } from "../core/errors.ts";
import {
  type ArmedFailpoint,
  type FailpointAction,
  type FailpointName,
  failpointNames,
} from "../core/failpoint.ts";
import type { Env } from "./environment.ts";

const actionNames = ["kill", "stop", "throw", "delay:<ms>"];
const longestDelayMs = 600_000;

/**
 * `PROFCLAW_FAILPOINTS`, for tests that break a daemon on purpose: `after:turn-end=kill,
 * before:tool-result=delay:50@3` (`@3`: at the third hit only). Throws config-invalid, with all that
 * there is, for a name or an action that it does not know.
 */
export function parseFailpoints(env: Env): ArmedFailpoint[] {
  const text = env["PROFCLAW_FAILPOINTS"] ?? "";
  if (text.trim() === "") return [];
  return text.split(",").map((part) => parseOne(part.trim()));
}

function parseOne(part: string): ArmedFailpoint {
  const [, name = "", action = "", hit] = /^([^=]*)=([^@]*)(?:@(.*))?$/.exec(part) ?? [];
  return { name: parseName(part, name), action: parseAction(part, action), hit: parseHit(part, hit) };
}

function parseName(part: string, text: string): FailpointName {
  const name = failpointNames.find((known) => known === text);
  return name ?? refuse(part, `there is no failpoint "${text}". There are: ${failpointNames.join(", ")}.`);
}

function parseAction(part: string, text: string): FailpointAction {
  if (text === "kill" || text === "stop" || text === "throw") return { kind: text };
  const ms = /^delay:(\d{1,6})$/.exec(text)?.[1];
  if (ms !== undefined && Number(ms) <= longestDelayMs) return { kind: "delay", ms: Number(ms) };
  return refuse(part, `there is no action "${text}". There are: ${actionNames.join(", ")}.`);
}

function parseHit(part: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  return refuse(part, `"@${text}" must be a whole number from 1 on.`);
}

function refuse(part: string, detail: string): never {
  throw new ProfclawError("config-invalid", `PROFCLAW_FAILPOINTS has "${part}": ${detail}`, {
    pointer: "PROFCLAW_FAILPOINTS",
    hint: "unset PROFCLAW_FAILPOINTS",
  });
}
