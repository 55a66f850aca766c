import type { JournalEntry } from "../../../core/journal.ts";
import type { SessionRecord } from "../../../core/session.ts";
import type { AgentDriver, LaunchPlan, PlanRequest } from "../driver.ts";
import { toBeginning, toFollowUp } from "../follow-up.ts";
import { type ServerSource, toMissingText } from "../given-servers.ts";
import { toTaskText } from "../task-text.ts";
import type { AcpCredentials } from "./acp-credentials.ts";
import { type AcpTraits, toInitializeLine } from "./acp-requests.ts";
import { keepGivenServers, readGivenServers } from "./acp-servers.ts";
import { readAcp } from "./read-acp.ts";

export interface AcpParts extends ServerSource {
  /** Where our MCP server answers over HTTP; null: nowhere. */
  mcpUrl: () => string | null;
  /** What carries MCP to us over stdio. */
  bridge: readonly [string, ...string[]];
  credentials: AcpCredentials;
  /** The folder of a session's own, the same as in its plans. */
  homeOf(id: string): string;
}

/** An agent that speaks the Agent Client Protocol on stdin and stdout. */
export interface AcpAgent extends AcpTraits {
  plan(request: PlanRequest): Promise<Omit<LaunchPlan, "input">> | Omit<LaunchPlan, "input">;
  money: AgentDriver["money"];
  /** Variables of its plan that a server which it starts is not to have. */
  withheld: readonly string[];
  /** The model that is asked for by the protocol; null: it is told otherwise, or has its own. */
  modelOf(session: SessionRecord): string | null;
}

/** One driver for all agents of that protocol. */
export function createAcpDriver(agent: AcpAgent, parts: AcpParts): AgentDriver {
  const { mcpUrl, bridge } = parts;
  return {
    listens: true,
    money: agent.money,
    async plan(request) {
      const plan = await agent.plan(request);
      await keepGivenServers(parts, request, agent.withheld);
      return { ...plan, input: toInitializeLine() };
    },
    read(session, journal) {
      const thread = findThread(journal);
      const followUp = thread === null ? null : toFollowUp(journal);
      const given = readGivenServers(parts.homeOf(session.id), session.mcpServers);
      const texts = [toMissingText(given.missing), followUp ?? toBeginning(toTaskText(session), journal)];
      const prompt = texts.filter((text) => text !== "").join("\n\n");
      const wish = { session, prompt, mcpUrl: mcpUrl(), bridge, model: agent.modelOf(session), given };
      return readAcp({ ...wish, thread: followUp === null ? null : thread }, agent, journal);
    },
  };
}

function findThread(journal: readonly JournalEntry[]): string | null {
  const found = journal.findLast(({ event }) => event.type === "agent-thread")?.event;
  return found?.type === "agent-thread" ? found.thread : null;
}
