import type { AgentCall } from "../core/agent-call.ts";
import { type ToolCallPart, toToolCalls } from "../core/content.ts";
import type { SessionRecord } from "../core/session.ts";
import { readWholeJournal } from "../engine/read-journal.ts";
import type { ApprovalRecord } from "../store/approvals.ts";
import type { Store } from "../store/store.ts";
import { hashCall } from "../tools/call-bytes.ts";

/** A call of our own loop, or of an agent that is a program of its own. */
type AskedCall = { kind: "own"; call: ToolCallPart } | { kind: "agent"; call: AgentCall };

/** The call that an approval is for, whole, from the journal: the one with exactly its bytes. */
export async function findAskedCall(
  store: Store,
  { id, cwd }: SessionRecord,
  { toolCallId, realPath, sha256, number }: ApprovalRecord,
): Promise<AskedCall | undefined> {
  const journal = await readWholeJournal(store, id);
  for (const { event } of journal.toReversed()) {
    if (event.type === "approval-ask" && event.number === number && event.agentCall !== undefined) {
      return { kind: "agent", call: event.agentCall };
    }
    const calls = event.type === "turn-end" ? toToolCalls(event.content) : [];
    const call = calls.find((candidate) => {
      const { toolName: tool, input } = candidate;
      return candidate.toolCallId === toolCallId && hashCall({ tool, input, cwd, realPath }) === sha256;
    });
    if (call !== undefined) return { kind: "own", call };
  }
  return undefined;
}
