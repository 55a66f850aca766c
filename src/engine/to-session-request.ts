import { z } from "zod";
import type { NewSessionInput } from "../contract/session-operations.ts";
import type { Budget } from "../core/budget.ts";
import { ProfclawError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { parseUsd } from "../core/money.ts";
import type { SessionRequest } from "./session-request.ts";

/** A session off the wire. `place`: of it in the request, for errors. Throws invalid-request for a schema that is none. */
export function toSessionRequest(session: NewSessionInput, place: string): SessionRequest {
  const {
    append_system,
    extra_allowed_tools,
    project_notes,
    max_turns,
    max_output_tokens,
    permission_mode,
    timeout,
    schema,
    ...same
  } = session;
  return {
    ...same,
    budget: toBudget(session),
    appendSystem: append_system,
    extraTools: extra_allowed_tools,
    projectNotes: project_notes,
    maxTurns: max_turns,
    maxOutputTokens: max_output_tokens,
    permissionMode: permission_mode,
    timeoutMs: timeout,
    schema: schema === undefined ? undefined : checkSchema(schema, place),
  };
}

function checkSchema(schema: JsonObject, place: string): JsonObject {
  try {
    z.fromJSONSchema(schema);
    return schema;
  } catch (error) {
    throw new ProfclawError("invalid-request", `The JSON Schema cannot be used: ${String(error)}`, {
      pointer: `${place}/schema`,
      hint: 'A plain one works: {"type":"object","properties":{…},"required":[…]}',
    });
  }
}

/** A budget off the wire. */
export function toBudget(input: {
  budget_usd?: string | number | undefined;
  budget_tokens?: number | undefined;
}): Budget {
  const { budget_usd: usd, budget_tokens: tokens } = input;
  return { microUsd: usd === undefined ? null : (parseUsd(usd) ?? null), tokens: tokens ?? null };
}
