import { type Clock, systemClock } from "../core/clock.ts";
import { toBaseUrl } from "./base-url.ts";
import type { Credentials } from "./credentials.ts";
import { fetchFromProvider } from "./provider-fetch.ts";
import { findProviderEntry } from "./provider-data.ts";

/** What Ollama on this machine, or where its variables say, has installed. */
export interface LocalModels {
  /** Names of the models that can talk, in its own order, the newest first; null: none answers there. */
  look(): Promise<string[] | null>;
}

export interface LocalModelsParts {
  credentials: Credentials;
  clock?: Pick<Clock, "elapsedMs">;
}

// On loopback a closed port refuses in no time; this is for a host that swallows the question.
const patienceMs = 300;
const keptMs = 10_000;
const mostBytes = 4 * 2 ** 20;

/** Asks when it is asked, at most every ten seconds; those that ask at once share one look. */
export function createLocalModels({ credentials, clock = systemClock }: LocalModelsParts): LocalModels {
  let known: { url: string; at: number; models: Promise<string[] | null> } | undefined;
  return {
    look() {
      const url = toTagsUrl(credentials);
      const at = clock.elapsedMs();
      if (known?.url === url && at - known.at < keptMs) return known.models;
      known = { url, at, models: url === "" ? Promise.resolve(null) : readTags(url).catch(() => null) };
      return known.models;
    },
  };
}

/** Its own API stands beside the OpenAI-compatible one: `/v1` → `/api/tags` (docs.ollama.com, "List models"). */
function toTagsUrl(credentials: Credentials): string {
  const url = credentials.get("ollama")?.baseUrl ?? findProviderEntry("ollama")?.baseUrl ?? "";
  try {
    const base = new URL(toBaseUrl(url, { provider: "ollama", kind: "openai-compatible" }));
    return `${base.origin}${base.pathname.replace(/\/v1$/, "")}/api/tags`;
  } catch {
    // A wrong URL is said by the first call that needs it.
    return "";
  }
}

async function readTags(url: string): Promise<string[] | null> {
  const response = await fetchFromProvider(url, { signal: AbortSignal.timeout(patienceMs) });
  const isSmall = Number(response.headers.get("content-length") ?? 0) <= mostBytes;
  if (response.status !== 200 || !isSmall) {
    await response.body?.cancel();
    return null;
  }
  const { models } = Object(await response.json()) as { models?: unknown };
  if (!Array.isArray(models)) return null;
  return models.map((model) => toName(model)).filter((name) => name !== "");
}

/** Empty for what cannot talk: models that only embed are no answer to a task. */
function toName(model: unknown): string {
  const { name, details } = Object(model) as { name?: unknown; details?: unknown };
  const { family } = Object(details) as { family?: unknown };
  if (typeof name !== "string" || /embed/i.test(name)) return "";
  return typeof family === "string" && /bert/i.test(family) ? "" : name;
}
