import type {
  AnswerInput,
  ApprovalListView,
  ApprovalView,
  RuleListView,
} from "../contract/approval-operations.ts";
import type { CallContext } from "../contract/implement.ts";
import { ProfclawError } from "../core/errors.ts";
import { toShortId } from "../core/id.ts";
import { type SessionRecord, isEndStatus } from "../core/session.ts";
import { toOriginPath } from "../core/worktree.ts";
import { findWorktree } from "../engine/find-worktree.ts";
import type { ApprovalRecord } from "../store/approvals.ts";
import { describeCall } from "../tools/call-bytes.ts";
import { toApprovalView, toRulesView } from "./approval-views.ts";
import { findAskedCall } from "./asked-call.ts";
import { findSession } from "./find-session.ts";
import type { OperationParts } from "./parts.ts";
import { requireRight } from "./answering-right.ts";

export async function listApprovals(
  parts: OperationParts,
  input: { session?: string | undefined; status: "open" | "all"; cursor?: string | undefined; limit: number },
): Promise<ApprovalListView> {
  const { store } = parts.engineParts;
  const { session, status, cursor, limit } = input;
  const of = session === undefined ? {} : { sessionId: (await findSession(store, session)).id };
  const from = cursor === undefined ? {} : { cursor };
  const page = await store.listApprovals({ ...of, ...from, openOnly: status === "open", limit });
  return {
    approvals: page.approvals.map((approval) => toApprovalView(approval)),
    next_cursor: page.nextCursor,
  };
}

/** With the whole of what the call would do, from the journal. */
export async function getApproval(
  parts: OperationParts,
  input: { id: string; n: string },
): Promise<ApprovalView> {
  const { session, approval } = await findApproval(parts, input);
  return toWholeView(parts, session, approval);
}

/** The first answer stands; whoever comes later is told whose it was. */
export async function answerApproval(
  parts: OperationParts,
  input: AnswerInput,
  context: CallContext,
): Promise<ApprovalView> {
  const { session, approval } = await findApproval(parts, input);
  requireSameBytes(approval, input.sha256);
  const by = await requireRight(parts, { session, approval, input }, context.caller);
  const rules = input.always === true ? requireRules(approval, input) : [];
  const worktree = await findWorktree(parts.engineParts.store, session);
  await context.recheckCaller();
  const { verdict, text } = input;
  const { number } = approval;
  const key = input.idempotency_key ?? null;
  // A worktree is gone one day; the folder that it was made from stays.
  const workspace = toOriginPath(worktree, session.cwd);
  const given = { sessionId: session.id, number, verdict, by, text: text ?? null, key, rules, workspace };
  const outcome = await parts.engine.approvals.answer(given);
  if (outcome.kind === "answered" || outcome.kind === "repeated")
    return toWholeView(parts, session, outcome.approval);
  const now = outcome.kind === "unknown" ? approval : outcome.approval;
  throw toTooLate(now, await findSession(parts.engineParts.store, session.id));
}

export async function listApprovalRules(
  parts: OperationParts,
  input: { cursor?: string | undefined; limit: number },
): Promise<RuleListView> {
  return toRulesView(await parts.engineParts.ruleBook.list(), input);
}

const rulesOnAPage = 1_000;

export async function deleteApprovalRule(
  parts: OperationParts,
  input: { rule: string },
): Promise<RuleListView> {
  const { ruleBook } = parts.engineParts;
  if (!(await ruleBook.remove(input.rule))) {
    throw new ProfclawError("not-found", `No approval rule is ${JSON.stringify(input.rule.slice(0, 80))}.`, {
      pointer: "rule",
      hint: "Those there are: profclaw approvals rules",
    });
  }
  return toRulesView(await ruleBook.list(), { limit: rulesOnAPage });
}

async function findApproval(
  parts: OperationParts,
  { id, n }: { id: string; n: string },
): Promise<{ session: SessionRecord; approval: ApprovalRecord }> {
  const { store } = parts.engineParts;
  const session = await findSession(store, id);
  const approval = /^\d{1,9}$/.test(n) ? await store.getApproval(session.id, Number(n)) : undefined;
  if (approval !== undefined) return { session, approval };
  const detail = `Session ${toShortId(session.id)} has no approval ${JSON.stringify(n.slice(0, 40))}.`;
  throw new ProfclawError("not-found", detail, {
    pointer: "n",
    hint: `What it asks: profclaw approvals --session ${toShortId(session.id)}`,
  });
}

async function toWholeView(
  parts: OperationParts,
  session: SessionRecord,
  approval: ApprovalRecord,
): Promise<ApprovalView> {
  const view = toApprovalView(approval);
  if (!view.truncated) return view;
  const found = await findAskedCall(parts.engineParts.store, session, approval);
  if (found === undefined) return view;
  const { cwd } = session;
  const { tool, realPath } = approval;
  return toApprovalView(approval, describeCall({ tool, input: found.call.input, cwd, realPath }));
}

function requireSameBytes(approval: ApprovalRecord, sha256: string | undefined): void {
  if (sha256 === undefined || sha256 === approval.sha256) return;
  throw new ProfclawError(
    "approval-closed",
    "This approval is for another call than the one that was read.",
    {
      pointer: "/sha256",
      hint: "Read it again, then answer.",
    },
  );
}

function requireRules(approval: ApprovalRecord, { verdict }: AnswerInput): ApprovalRecord["rules"] {
  if (verdict !== "allow") {
    throw new ProfclawError("invalid-request", "always goes with allow only.", {
      pointer: "/always",
      hint: "A deny counts once. What is never to run can be kept from a session by its tools or level.",
    });
  }
  if (approval.rules.length > 0) return approval.rules;
  const detail =
    "No rule can be made of this call: a rule is for one plain command without pipes, redirects, variables " +
    "or substitutions, or for one tool on one path or host.";
  throw new ProfclawError("invalid-request", detail, { pointer: "/always", hint: "Answer without always." });
}

function toTooLate(approval: ApprovalRecord, session: SessionRecord): ProfclawError {
  const what = `Approval ${approval.number} of session ${toShortId(session.id)}`;
  const { answer, answeredAt } = approval;
  if (answer !== null && answeredAt !== null) {
    const at = new Date(answeredAt).toISOString();
    const said = answer.verdict === "allow" ? "allowed" : "denied";
    return new ProfclawError("approval-closed", `${what} was ${said} by ${answer.by} at ${at}.`, {
      hint: "The first answer stands. The open ones: profclaw approvals",
    });
  }
  if (isEndStatus(session.status)) {
    return new ProfclawError(
      "session-ended",
      `${what} can not be answered: it has ended (${session.status}).`,
      {
        pointer: "id",
        hint: `See what came of it: profclaw agent result ${toShortId(session.id)}`,
      },
    );
  }
  if (approval.status === "closed") {
    return new ProfclawError("approval-closed", `${what} can not be answered: its agent asks no more.`, {
      hint: "The open ones: profclaw approvals",
    });
  }
  const until = new Date(approval.untilMs).toISOString();
  return new ProfclawError("approval-closed", `${what} was open until ${until}; the answer is no now.`, {
    hint: "PROFCLAW_APPROVAL_TIMEOUT_MS sets how long one is open.",
  });
}
