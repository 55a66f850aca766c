import type { Grants } from "../core/grants.ts";
import type { Role } from "../core/role.ts";
import type { SessionRecord } from "../core/session.ts";
import { parseLevel } from "../policy/levels.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { SessionRequest } from "./session-request.ts";

/** A request with what its role prefers filled in. What the caller says itself always counts. */
export interface TakenRole {
  request: SessionRequest;
  name: string | null;
  stance: string | null;
  /** What a project that is not trusted takes away from the level; null: nothing. */
  narrows: Grants | null;
  /** False: the tools are a list of somebody who may not name any that need it. */
  mayName: boolean;
  warnings: string[];
}

interface Wish {
  asked: SessionRequest;
  cwd: string;
  parent: SessionRecord | null;
}

/** Throws unknown-role, and invalid-request for a level that does not exist. */
export async function takeRole(parts: EngineParts, { asked, cwd, parent }: Wish): Promise<TakenRole> {
  const { role: name } = asked;
  if (name === undefined) {
    return { request: asked, name: null, stance: null, narrows: null, mayName: true, warnings: [] };
  }
  const { role, isTrusted, warnings } = await parts.roles.find(name, cwd);
  const known = new Set(parts.tools.list().map((tool) => tool.name));
  const tools =
    role.tools?.filter((tool) => known.has(tool) && (parent?.tools.includes(tool) ?? true)) ?? null;
  const missing = role.tools?.filter((tool) => tools?.includes(tool) !== true) ?? [];
  const more =
    missing.length === 0 ? [] : [`Role ${name}: without ${missing.join(", ")}, which is not there.`];
  const shared = { name, stance: role.stance === "" ? null : role.stance };
  const preferred = isTrusted ? takeAll(role, asked) : takeNarrowing(role, asked);
  return {
    ...shared,
    ...preferred,
    request: { ...preferred.request, tools: asked.tools ?? tools ?? undefined },
    mayName: asked.tools !== undefined || isTrusted,
    warnings: [...warnings, ...more, ...preferred.warnings],
  };
}

type Preferred = Pick<TakenRole, "request" | "narrows" | "warnings">;

function takeAll(role: Role, asked: SessionRequest): Preferred {
  const isFull = role.permissionMode !== null && parseLevel(role.permissionMode).name === "full";
  const isAsked = asked.permissionMode !== undefined;
  const permissionMode = asked.permissionMode ?? (isFull ? undefined : (role.permissionMode ?? undefined));
  const said = `Role ${role.name} asks for level full; a person grants it by --permission-mode full only.`;
  return {
    request: {
      ...asked,
      ...toModelWish(role, asked),
      effort: asked.effort ?? role.effort ?? undefined,
      permissionMode,
    },
    narrows: null,
    warnings: isFull && !isAsked ? [said] : [],
  };
}

/** A model that the caller names is of the caller's provider, not of the role's. */
function toModelWish(role: Role, asked: SessionRequest): Pick<SessionRequest, "provider" | "model"> {
  if (asked.provider !== undefined || asked.model !== undefined) return asked;
  return { provider: role.provider ?? undefined, model: role.model ?? undefined };
}

function takeNarrowing(role: Role, asked: SessionRequest): Preferred {
  const { provider, model, effort, permissionMode } = role;
  const left = Object.entries({ provider, model, effort }).flatMap(([key, value]) =>
    value === null ? [] : [key],
  );
  const said = `Role ${role.name} comes from a folder that is not trusted: its ${left.join(", ")} left out.`;
  const mode = asked.permissionMode === undefined ? permissionMode : null;
  return {
    request: asked,
    narrows: mode === null ? null : parseLevel(mode).grants,
    warnings: left.length === 0 ? [] : [said],
  };
}
