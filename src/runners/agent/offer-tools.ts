import { createToolRegistry } from "../../tools/registry.ts";
import type { AgentRun } from "./agent-run.ts";

/** Connects what is not connected, and takes in what there is now. Without MCP servers nothing happens. */
export async function offerTools(run: AgentRun): Promise<void> {
  const { parts, context } = run;
  const { session } = context;
  const { mcpServers: names = [] } = session;
  if (names.length === 0 || parts.mcp === undefined) return;
  context.showLive({ type: "activity", text: `reaching ${names.join(", ")}` });
  const { tools, notes } = await parts.mcp.open({
    names,
    sessionId: session.id,
    cwd: session.cwd,
    path: session.path ?? context.path,
    asksNobody: session.grants.rest === "yes",
  });
  run.offer = {
    registry: createToolRegistry([...parts.tools.list(), ...tools]),
    names: [...session.tools, ...tools.map(({ name }) => name)],
    notes,
  };
}
