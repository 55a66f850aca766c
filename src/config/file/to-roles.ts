import type { Role, RoleSource } from "../../core/role.ts";
import type { ConfigValues } from "./config-schema.ts";

/** The `roles:` of a settings file. */
export function toRoles(
  { path, values }: { path: string; values: Pick<ConfigValues, "roles"> },
  source: RoleSource,
): Role[] {
  return Object.entries(values.roles ?? {}).map(([name, role]) => ({
    name,
    description: role.description ?? "",
    source,
    path,
    stance: role.stance ?? "",
    provider: role.provider ?? null,
    model: role.model ?? null,
    tools: role.tools ?? null,
    effort: role.effort ?? null,
    permissionMode: role.permission_mode ?? null,
  }));
}
