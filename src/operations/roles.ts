import type { RoleListView } from "../contract/role-operations.ts";
import { resolveCwd } from "../engine/folder-looks.ts";
import type { FoundRole } from "../engine/role-book.ts";
import type { OperationParts } from "./parts.ts";

export async function listRoles(
  parts: OperationParts,
  input: { cwd?: string | undefined },
): Promise<RoleListView> {
  const cwd = await resolveCwd(input.cwd, parts.daemon.cwd);
  const { roles, warnings } = await parts.engineParts.roles.list(cwd);
  return { roles: roles.map(toRoleView), warnings };
}

function toRoleView({ role, isTrusted }: FoundRole): RoleListView["roles"][number] {
  const { permissionMode, ...same } = role;
  return { ...same, permission_mode: permissionMode, trusted: isTrusted };
}
