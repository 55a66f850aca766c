import type { AgentListView } from "../contract/agent-operations.ts";
import { findLeastVersion } from "../core/agent-version.ts";
import { toFound } from "../runners/external/agent-fallback.ts";
import type { KnownAgent } from "../runners/external/agent-book.ts";
import { abilities, afterAbilities, isAble } from "../runners/external/agent-ways.ts";
import { type Unfit, findUnfit } from "../runners/external/find-unfit.ts";
import type { OperationParts } from "./parts.ts";

type AgentView = AgentListView["agents"][number];

const everything = [...abilities, ...afterAbilities];

/** Ours first, then those that are known, then the user's own. */
export async function listAgents({ engineParts, shellPath, daemon }: OperationParts): Promise<AgentListView> {
  const builtin: AgentView = {
    name: "builtin",
    status: "ready",
    by: null,
    program: null,
    version: daemon.version,
    least_version: null,
    memory_mb: null,
    provider: null,
    level: null,
    takes: [...everything],
  };
  const { external } = engineParts;
  if (external === undefined) return { agents: [builtin] };
  const path = shellPath.get() ?? engineParts.path;
  const known = external.book.names().flatMap((name) => external.book.find(name) ?? []);
  const views = known.map((agent) => toView(agent, path, external));
  return { agents: [builtin, ...(await Promise.all(views))] };
}

type External = Pick<NonNullable<OperationParts["engineParts"]["external"]>, "versions" | "startNeedOf">;

async function toView(
  known: KnownAgent,
  path: string,
  { versions, startNeedOf }: External,
): Promise<AgentView> {
  const { name, provider, level, isShipped } = known;
  const program = known.locate(path) ?? null;
  const unfit = await findUnfit(known, versions, path);
  const agent = unfit === null ? await toFound(known, path) : known;
  const isIn = agent.isLoggedIn?.() ?? true;
  return {
    name,
    status: program === null ? "not-found" : toStatus(unfit, isIn),
    by: agent.wire ?? null,
    program,
    // A program of the user's own may do anything when it is started with a flag that it does not know.
    version: program === null || !isShipped ? null : await versions.versionOf({ agent: name, program, path }),
    memory_mb: Math.ceil(startNeedOf(name).bytes / 2 ** 20),
    least_version: (isShipped ? findLeastVersion(name) : undefined) ?? null,
    provider,
    level,
    takes: everything.filter((ability) => isAble(agent, ability)),
  };
}

function toStatus(unfit: Unfit | null, isLoggedIn: boolean): AgentView["status"] {
  if (unfit !== null) return unfit.code === "agent-broken" ? "broken" : "too-old";
  return isLoggedIn ? "ready" : "not-logged-in";
}
