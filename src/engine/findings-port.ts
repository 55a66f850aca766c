import { createHash } from "node:crypto";
import type { SessionRecord } from "../core/session.ts";
import type { FindingsPort } from "../core/tool-context.ts";
import type { Actor } from "../mailbox/actor.ts";
import { consolidateClaims } from "./consolidate-claims.ts";
import type { EngineParts } from "./engine-parts.ts";
import { createFindingsDesk, toFindingId } from "./findings-desk.ts";

const mostChildren = 1_000;

/** What the tools of one session may do with findings: the same that it may do over HTTP. */
export function createFindingsPort(parts: EngineParts, session: SessionRecord): FindingsPort {
  const from: Actor = { kind: "session", session };
  const desk = createFindingsDesk(parts);
  return {
    async distill(toolCallId, { text, evidence }) {
      const id = toFindingId(createHash("sha256").update(`${session.id} tool ${toolCallId}`).digest("hex"));
      await desk.distill(from, { id, text, evidence, rootId: session.rootId });
      return id;
    },
    vote: async (findingId, weight, reason) => (await desk.vote(from, findingId, { weight, reason })).id,
    async consolidate() {
      const { sessions } = await parts.store.listSessions({ parentId: session.id, limit: mostChildren });
      return (await consolidateClaims(parts, from, { sessions: sessions.toReversed() })).text;
    },
  };
}
