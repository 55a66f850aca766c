import type { Role } from "../../core/role.ts";
import type { ConfigFile } from "./config-file.ts";

/** The `roles:` of a person's configuration. */
export function toRoles({ path, values }: ConfigFile): Role[] {
  return Object.entries(values.roles ?? {}).map(([name, role]) => ({
    name,
    description: role.description ?? "",
    source: "config",
    path,
    stance: role.stance ?? "",
    provider: role.provider ?? null,
    model: role.model ?? null,
    tools: role.tools ?? null,
    effort: role.effort ?? null,
    permissionMode: role.permission_mode ?? null,
  }));
}
