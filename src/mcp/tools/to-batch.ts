import type { NewBatchInput, NewSessionInput } from "../../contract/session-operations.ts";
import { ProfclawError } from "../../core/errors.ts";
import type { ToolContext } from "../tool.ts";
import { captureLabel } from "./log-right.ts";
import type { SpawnInput } from "./spawn-input.ts";

/** One call of spawn as the request that REST takes. */
export function toBatch(input: SpawnInput, context: ToolContext): NewBatchInput {
  const cwd = input.cwd ?? context.cwd ?? undefined;
  const key = input.idempotency_key ?? context.requestKey ?? undefined;
  const session = toSession(input);
  return defined<NewBatchInput>({
    sessions: toRoles(input).map((role) => ({ ...session, ...(role === null ? {} : { role }) })),
    cwd,
    labels: toLabels(input),
    idempotency_key: key,
  });
}

function toSession(input: SpawnInput): NewSessionInput {
  return defined<NewSessionInput>({
    task: input.prompt,
    name: input.name,
    agent: input.agent,
    provider: input.provider,
    model: input.model,
    tools: input.tools,
    slim: input.slim ? undefined : false,
    extra_allowed_tools: input.extra_allowed_tools,
    effort: input.effort,
    permission_mode: input.permission_mode,
    append_system: input.append_system,
    worktree: input.worktree,
    timeout: input.timeout_ms,
    budget_usd: input.budget_usd,
  });
}

function toRoles({ role, roles }: SpawnInput): (string | null)[] {
  if (roles === undefined) return [role ?? null];
  if (role === undefined) return roles;
  throw new ProfclawError("invalid-request", "role and roles exclude each other.", {
    pointer: "/role",
    hint: "One child: role. A panel: roles, with this role among them.",
  });
}

function toLabels(input: SpawnInput): Record<string, string> | undefined {
  const labels = {
    ...input.labels,
    ...(input.write_origin === undefined ? {} : { write_origin: input.write_origin }),
    ...(input.capture_output ? {} : { [captureLabel]: "false" }),
  };
  return Object.keys(labels).length === 0 ? undefined : labels;
}

/** Absent and undefined are not the same to a strict schema. */
function defined<Value extends object>(value: { [Key in keyof Value]: Value[Key] | undefined }): Value {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Value;
}
