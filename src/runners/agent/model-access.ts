import { ProfclawError } from "../../core/errors.ts";
import type { Wait } from "../../core/session.ts";
import type { TurnModel } from "../../providers/stream-turn.ts";
import type { AgentRun } from "./agent-run.ts";

const keyPatienceMs = 24 * 3_600_000;

/** Null if the key has gone since the session was accepted: a client may bring it again. */
export async function openModel({ parts, context }: AgentRun): Promise<TurnModel | null> {
  try {
    return await parts.catalog.openModel(context.session);
  } catch (error) {
    if (error instanceof ProfclawError && error.code === "provider-key-missing") return null;
    throw error;
  }
}

/** A wait for the key of its provider. */
export function toKeyWait({ parts, context }: AgentRun): Wait {
  const untilMs = parts.clock.now() + keyPatienceMs;
  return { on: "credential", provider: context.session.provider, untilMs };
}
