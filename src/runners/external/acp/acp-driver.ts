import type { JournalEntry } from "../../../core/journal.ts";
import type { SessionRecord } from "../../../core/session.ts";
import type { AgentDriver, LaunchPlan, PlanRequest } from "../driver.ts";
import { toFollowUp } from "../follow-up.ts";
import { toTaskText } from "../task-text.ts";
import type { AcpCredentials } from "./acp-credentials.ts";
import { type AcpTraits, toInitializeLine } from "./acp-requests.ts";
import { readAcp } from "./read-acp.ts";

export interface AcpParts {
  /** Where our MCP server answers over HTTP; null: nowhere. */
  mcpUrl: () => string | null;
  /** What carries MCP to us over stdio. */
  bridge: readonly [string, ...string[]];
  credentials: AcpCredentials;
}

/** An agent that speaks the Agent Client Protocol on stdin and stdout. */
export interface AcpAgent extends AcpTraits {
  plan(request: PlanRequest): Promise<Omit<LaunchPlan, "input">> | Omit<LaunchPlan, "input">;
  money: AgentDriver["money"];
  /** The model that is asked for by the protocol; null: it is told otherwise, or has its own. */
  modelOf(session: SessionRecord): string | null;
}

/** One driver for all agents of that protocol. */
export function createAcpDriver(agent: AcpAgent, { mcpUrl, bridge }: AcpParts): AgentDriver {
  return {
    listens: true,
    money: agent.money,
    plan: async (request) => ({ ...(await agent.plan(request)), input: toInitializeLine() }),
    read(session, journal) {
      const thread = findThread(journal);
      const followUp = thread === null ? null : toFollowUp(journal);
      const prompt = followUp ?? toTaskText(session);
      const wish = { session, prompt, mcpUrl: mcpUrl(), bridge, model: agent.modelOf(session) };
      return readAcp({ ...wish, thread: followUp === null ? null : thread }, agent, journal);
    },
  };
}

function findThread(journal: readonly JournalEntry[]): string | null {
  const found = journal.findLast(({ event }) => event.type === "agent-thread")?.event;
  return found?.type === "agent-thread" ? found.thread : null;
}
