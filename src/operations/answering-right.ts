import type { AnswerInput } from "../contract/approval-operations.ts";
import type { Caller } from "../contract/implement.ts";
import { ProfclawError } from "../core/errors.ts";
import { type SessionId, toShortId } from "../core/id.ts";
import type { SessionRecord } from "../core/session.ts";
import type { ApprovalRecord } from "../store/approvals.ts";
import { readSessionRules } from "../engine/session-rules.ts";
import { judgeAgentCall, toPlacedCall } from "../tools/agent-call.ts";
import { decideCall } from "../tools/decide-call.ts";
import { findAskedCall } from "./asked-call.ts";
import type { OperationParts } from "./parts.ts";

interface Answering {
  session: SessionRecord;
  approval: ApprovalRecord;
  input: AnswerInput;
}

/**
 * Who answers, in words. A person may all. A session may for those it spawned itself: it may say no, and
 * yes to what its own level allows outright. Throws unauthorized or policy-denied.
 */
export async function requireRight(
  parts: OperationParts,
  answering: Answering,
  caller: Caller,
): Promise<string> {
  if (caller.kind === "admin") return "person";
  if (caller.kind === "local") {
    throw new ProfclawError("unauthorized", "Answering approvals always needs the token.", {
      hint: "On this machine: profclaw agent answer",
    });
  }
  const { session, input } = answering;
  if (session.parentId !== caller.sessionId) {
    throw refuse(`Session ${toShortId(session.id)} is none that you spawned: you can not answer for it.`);
  }
  if (input.always === true) throw refuse("Only a person makes rules: a session can not answer with always.");
  const isWithin = input.verdict === "deny" || (await mayItself(parts, answering, caller.sessionId));
  if (isWithin) return `session ${caller.sessionId}`;
  throw refuse("You can allow your child only what your own level allows you without asking.");
}

/** Judged by the parent's level as if it made the call, seen from its own folder and from the child's. */
async function mayItself(
  { engineParts }: OperationParts,
  { session, approval }: Answering,
  parentId: SessionId,
): Promise<boolean> {
  const parent = await engineParts.store.getSession(parentId);
  const asked = await findAskedCall(engineParts.store, session, approval);
  if (parent === undefined || asked === undefined) return false;
  const { grants, tools, toolsNamed } = parent;
  const rights = { grants, tools, toolsNamed, protectedPaths: engineParts.protectedPaths };
  const rules = { ...(await readSessionRules(engineParts, session)), standing: [] };
  const judgings = [parent.cwd, session.cwd].map((cwd) => ({ context: { ...rights, cwd }, rules }));
  if (asked.kind === "agent") {
    const call = toPlacedCall(asked.call, session.cwd);
    const verdicts = await Promise.all(judgings.map((judging) => judgeAgentCall(call, judging)));
    return verdicts.every(({ kind }) => kind === "allow");
  }
  const tool = engineParts.tools.find(asked.call.toolName);
  const parsed = tool?.input.safeParse(asked.call.input);
  if (tool === undefined || parsed?.success !== true) return false;
  const action = tool.toAction(parsed.data, { cwd: session.cwd });
  const found = await Promise.all(
    judgings.map((judging) => decideCall({ tool: tool.name, action }, judging)),
  );
  return found.every(({ decision }) => decision.kind === "allow");
}

function refuse(detail: string): ProfclawError {
  return new ProfclawError("policy-denied", detail, { hint: "A person answers: profclaw approvals" });
}
