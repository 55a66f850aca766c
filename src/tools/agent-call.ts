import { resolve } from "node:path";
import type { AgentCall, AgentWish } from "../core/agent-call.ts";
import type { ApprovalAsk } from "../core/approval.ts";
import type { Action, Decision } from "../policy/action.ts";
import { describeCall, hashCall } from "./call-bytes.ts";
import { type CallDecision, type DecidingContext, type PolicyRules, decideCall } from "./decide-call.ts";
import type { Asking } from "./run-tool.ts";
import { toAbsolutePath } from "./tool.ts";

/** A wish as the policy takes it, under the name of our tool that rules for it would name. */
interface WishedAction {
  tool: string;
  action: Action;
}

/** The session's rights and rules, by which its agent's calls are judged as those of our own loop are. */
interface Judging {
  context: DecidingContext;
  rules: PolicyRules;
}

interface Place {
  cwd: string;
  home: string;
}

/** `tool`: what a person sees, and what a rule would name. */
export type AgentVerdict =
  | { kind: "allow" }
  | { kind: "deny"; reason: string }
  | { kind: "ask"; asking: Asking & Pick<ApprovalAsk, "tool"> };

/** What of a call's input a person can be asked about; a longer one is refused. */
const longestInput = 1024 * 1024;

/** Judges all that a call would do together: deny wins over ask, ask over allow. */
export async function judgeAgentCall(call: AgentCall, judging: Judging): Promise<AgentVerdict> {
  const { cwd } = judging.context;
  const place = { cwd, home: judging.rules.homes[0] ?? "/nonexistent" };
  const wishes = call.wishes.length === 0 ? [{ kind: "rest" as const, what: call.tool }] : call.wishes;
  const wished = wishes.map((wish) => toWishedAction(wish, call.tool, place));
  const found = await Promise.all(wished.map((one) => decideCall(one, judging)));
  const decisions = found.map((one) => withWhatIsBelow(one, judging.context.grants));
  const denied = decisions.find((decision) => decision.kind === "deny");
  if (denied !== undefined) return denied;
  const reasons = decisions.flatMap((decision) => (decision.kind === "ask" ? [decision.reason] : []));
  if (reasons.length === 0) return { kind: "allow" };
  return toAsk(call, {
    found,
    cwd,
    tool: toName(wished, call.tool),
    reason: [...new Set(reasons)].join(", and "),
  });
}

/** The same call, its paths as they are seen from `cwd`: for who judges it from another folder. */
export function toPlacedCall(call: AgentCall, cwd: string): AgentCall {
  const wishes = call.wishes.map((wish) =>
    (wish.kind === "read" || wish.kind === "write") && !wish.path.startsWith("~")
      ? { ...wish, path: toAbsolutePath(wish.path, cwd) }
      : wish,
  );
  return { ...call, wishes };
}

/** Our own tools leave out what is protected below a folder; of another program nobody knows. */
function withWhatIsBelow(found: CallDecision, grants: DecidingContext["grants"]): Decision {
  const [below] = [...found.leaveOut, ...found.leaveOutGlobs];
  if (found.decision.kind !== "allow" || below === undefined) return found.decision;
  const reason = `Searching ${found.realPath}, below which ${below} is protected,`;
  if (grants.rest === "no")
    return { kind: "deny", reason: `${reason} is not allowed at this session's level` };
  return { kind: "ask", reason: `${reason} needs approval`, isRuled: true };
}

interface Asked {
  found: readonly CallDecision[];
  cwd: string;
  tool: string;
  reason: string;
}

function toAsk({ input }: AgentCall, { found, cwd, tool, reason }: Asked): AgentVerdict {
  const realPath = [...new Set(found.flatMap((one) => one.realPath || []))].join("\n");
  const asked = { tool, input, cwd, realPath };
  const text = describeCall(asked);
  if (text.length > longestInput) {
    const limit = `nobody is asked about a call of more than ${longestInput / 1024} KiB`;
    return { kind: "deny", reason: `${reason}, and ${limit}` };
  }
  const asking = { tool, reason, text, realPath, rules: toRules(found), sha256: hashCall(asked) };
  return { kind: "ask", asking };
}

/** Ours, where one name is for all that it would do; else the agent's own. */
function toName(wished: readonly WishedAction[], ownName: string): string {
  const names = new Set(wished.map(({ tool }) => tool));
  const [first] = names;
  return names.size === 1 && first !== undefined ? first : ownName;
}

/** For good only where a rule can say each part that asked. */
function toRules(found: readonly CallDecision[]): Asking["rules"] {
  const asking = found.filter(({ decision }) => decision.kind !== "allow");
  const rules = asking.flatMap(({ rule }) => rule ?? []);
  return rules.length === asking.length ? rules : [];
}

function toWishedAction(wish: AgentWish, ownName: string, place: Place): WishedAction {
  switch (wish.kind) {
    case "command":
      return { tool: "bash", action: { kind: "bash", command: toCommandText(wish, place.cwd) } };
    case "read":
      return {
        tool: wish.tool ?? "read_file",
        action: { kind: "read", path: toPath(wish.path, place) },
      };
    case "write":
      return {
        tool: wish.tool ?? "write_file",
        action: { kind: "write", path: toPath(wish.path, place) },
      };
    case "network":
      return { tool: "fetch_url", action: toNetwork(wish.url) };
    case "rest":
      return { tool: ownName, action: { kind: "rest", what: wish.what } };
  }
}

/** Some agents take ~ for the home folder, as a shell does. */
function toPath(path: string, { cwd, home }: Place): string {
  return toAbsolutePath(/^~(?:\/|$)/.test(path) ? `${home}${path.slice(1)}` : path, cwd);
}

/** In another folder it is a command that goes there first, and is judged as one. */
function toCommandText({ command, cwd }: Extract<AgentWish, { kind: "command" }>, own: string): string {
  if (cwd === undefined || resolve(own, cwd) === resolve(own)) return command;
  return `cd '${resolve(own, cwd).replaceAll("'", String.raw`'\''`)}' && ${command}`;
}

/** What is no address can reach anything. */
function toNetwork(url: string): Action {
  const host = URL.parse(url)?.hostname ?? "";
  return host === "" ? { kind: "rest", what: "Reaching what is no web address" } : { kind: "network", host };
}
