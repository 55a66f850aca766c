import { ProfclawError } from "../../../core/errors.ts";

/** Keys and homes of the user, for agents that have a driver of this kind. */
export interface AcpCredentials {
  /** A provider's key and address; undefined: it is the agent's own login that counts. */
  credential: (provider: string) => { apiKey?: string; baseUrl?: string } | undefined;
  home: () => string;
}

export function toMissing(agent: string, npmPackage: string, path: string): ProfclawError {
  return new ProfclawError("agent-not-installed", `${agent} is not on PATH (${path}).`, {
    pointer: "agent",
    hint: `Install it (npm i -g ${npmPackage}), or take another agent.`,
  });
}
