import { parseDuration } from "../core/duration.ts";

/** Response headers, names in lower case. */
export type Headers = Readonly<Record<string, string | undefined>>;

const maxWaitMs = 7 * 86_400_000;

/**
 * How long a provider asks us to wait, ms; null if it does not say. In this order: `retry-after-ms`
 * (OpenAI, Azure), `retry-after` in seconds or as an HTTP date (RFC 9110 10.2.3), then the reset times of
 * the limits that are used up: `anthropic-ratelimit-<limit>-reset` (RFC 3339) and
 * `x-ratelimit-reset-<limit>` (OpenAI and Groq: "6m0s", "7.66s").
 */
export function parseRetryAfter(headers: Headers, nowMs: number): number | null {
  const asked =
    parseNumber(headers["retry-after-ms"]) ??
    parseSecondsOrDate(headers["retry-after"], nowMs) ??
    parseResets(headers, nowMs);
  return asked === null ? null : Math.ceil(Math.min(Math.max(asked, 0), maxWaitMs));
}

function parseNumber(text: string | undefined): number | null {
  if (text === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return null;
  return Number(text);
}

function parseSecondsOrDate(text: string | undefined, nowMs: number): number | null {
  const seconds = parseNumber(text);
  return seconds === null ? parseDate(text, nowMs) : seconds * 1_000;
}

function parseDate(text: string | undefined, nowMs: number): number | null {
  // Date.parse reads bare and negative numbers as years.
  if (text === undefined || !/[a-z]/i.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at - nowMs;
}

/** The latest reset among the limits that are used up; one with something left holds nobody back. */
function parseResets(headers: Headers, nowMs: number): number | null {
  const waits = Object.entries(headers).flatMap(([name, value]) => {
    const limit = parseLimit(name, headers);
    if (limit === null || limit.isOpen || value === undefined) return [];
    const wait = limit.style === "date" ? parseDate(value, nowMs) : parseResetDuration(value);
    return wait === null ? [] : [wait];
  });
  return waits.length === 0 ? null : Math.max(...waits);
}

function parseLimit(name: string, headers: Headers): { style: "date" | "duration"; isOpen: boolean } | null {
  const anthropic = /^anthropic-ratelimit-(.+)-reset$/.exec(name)?.[1];
  if (anthropic !== undefined) {
    return { style: "date", isOpen: hasRest(headers[`anthropic-ratelimit-${anthropic}-remaining`]) };
  }
  const openai = /^x-ratelimit-reset-(.+)$/.exec(name)?.[1];
  if (openai === undefined) return null;
  return { style: "duration", isOpen: hasRest(headers[`x-ratelimit-remaining-${openai}`]) };
}

function hasRest(remaining: string | undefined): boolean {
  return remaining !== undefined && Number(remaining) > 0;
}

function parseResetDuration(text: string): number | null {
  const seconds = parseNumber(text);
  return seconds === null ? (parseDuration(text.trim()) ?? null) : seconds * 1_000;
}
