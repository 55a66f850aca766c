import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentJob, LedgerFact } from "../agents/crew.ts";
import { groupBy } from "../group-by.ts";
import { type Breach, toBreaches } from "./breach.ts";
import type { Evidence, SeenSession } from "./evidence.ts";

/** What was done to a session's agent from outside. */
export type Hit = "program" | "recorder";

/** A session with all that is known of it. */
export interface AgentCase {
  job: AgentJob;
  session: (SeenSession & { worktree: { folder: string } | null }) | undefined;
  facts: readonly LedgerFact[];
  hits: readonly Hit[];
  /** What its journal has, by its types. */
  journal: readonly string[];
}

/** What the fakes say they did, against what the program says. */
export function toCases(
  jobs: readonly AgentJob[],
  { sessions, rows }: Evidence,
  { facts, hits }: { facts: readonly LedgerFact[]; hits: ReadonlyMap<string, Hit[]> },
): AgentCase[] {
  const bySession = groupBy(facts, ({ session }) => session);
  const journals = groupBy(rows.journal, ({ sessionId }) => sessionId);
  const known = new Map(sessions.map((session) => [session.id, session as AgentCase["session"]]));
  return jobs.map((job) => ({
    job,
    session: known.get(job.id),
    facts: bySession.get(job.id) ?? [],
    hits: hits.get(job.id) ?? [],
    journal: (journals.get(job.id) ?? []).map(({ type }) => type),
  }));
}

/** P1, P2, P5 for sessions whose agents are programs. */
export function findAgentBreaches(cases: readonly AgentCase[], workspace: string): Breach[] {
  return [
    ...toBreaches("it ends as what was done to it says", cases.filter(isWrongEnd).map(describe)),
    ...toBreaches("an agent is told its task once", cases.filter(isToldTwice).map(describe)),
    ...toBreaches("a step of an agent is done once", cases.flatMap(listDoubled)),
    ...toBreaches("a completed agent has done all its steps", cases.filter(isUndone).map(describe)),
    ...toBreaches("it is booked at what its agent said", cases.filter(isWronglyBooked).map(describe)),
    ...toBreaches(
      "what it wrote is where it wrote it",
      cases.filter((one) => hasLostFile(one, workspace)).map(describe),
    ),
  ];
}

/** Codex shares its process, and goes on in another one; a third death of it is the end. */
const mostMoves = 2;

/**
 * A session that nobody touched completes. One whose agent was killed has failed, or is interrupted where its recorder
 * was: but for one that had already answered, or goes on elsewhere.
 */
function isWrongEnd({ job, session, facts, hits }: AgentCase): boolean {
  if (session === undefined) return false;
  const { status } = session;
  const isAnswered = facts.some(({ kind }) => kind === "done");
  if (status === "completed") return session.result?.text !== `worked ${job.name}` || !isAnswered;
  if (job.agent === "codex" && hits.length <= mostMoves) return true;
  if (status === "failed") return !hits.includes("program");
  return status !== "interrupted" || !hits.includes("recorder");
}

function isToldTwice({ facts, hits, job }: AgentCase): boolean {
  const begun = facts.filter(({ kind }) => kind === "begin").length;
  return begun > 1 + (job.agent === "codex" ? hits.length : 0);
}

function listSteps({ facts }: AgentCase): string[] {
  return facts.flatMap(({ kind, name }) => (kind === "step" ? [name ?? ""] : []));
}

function listDoubled(one: AgentCase): string[] {
  const steps = listSteps(one);
  const doubled = steps.filter((name, at) => steps.indexOf(name) !== at);
  return doubled.map((name) => `${name}: done again. ${describe(one)}`);
}

/** One that was killed in the middle of a step remembers that it had begun it. */
function isUndone(one: AgentCase): boolean {
  const { session, job, hits } = one;
  return session?.status === "completed" && listSteps(one).length < job.steps - hits.length;
}

/** What a killed one was about to tell is not known: it is booked at most at that. */
function isWronglyBooked({ session, facts, hits }: AgentCase): boolean {
  if (session === undefined) return false;
  const bills = facts.filter(({ kind }) => kind === "bill");
  const input = bills.reduce((sum, bill) => sum + (bill.input ?? 0), 0);
  const output = bills.reduce((sum, bill) => sum + (bill.output ?? 0), 0);
  const { usage } = session;
  if (hits.length === 0) return usage.input_tokens !== input || usage.output_tokens !== output;
  return usage.input_tokens > input || usage.output_tokens > output;
}

/** Each step left its line in the session's own folder. A kill may have come between the two. */
function hasLostFile(one: AgentCase, workspace: string): boolean {
  const { job, session } = one;
  const steps = listSteps(one);
  if (session === undefined || steps.length === 0) return false;
  if (job.hasWorktree !== (session.worktree !== null)) return true;
  const file = join(session.worktree?.folder ?? workspace, `${job.name}.txt`);
  if (!existsSync(file)) return true;
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return steps.some((name) => lines.filter((line) => line === name).length !== 1);
}

function describe({ job, session, facts, hits, journal }: AgentCase): string {
  const counts = ["begin", "step", "bill", "done"].map(
    (kind) => `${kind} ${facts.filter((fact) => fact.kind === kind).length}`,
  );
  const end = `${session?.status ?? "gone"} (${session?.error?.code ?? session?.reason ?? ""}): ${session?.error?.detail ?? session?.result?.text ?? ""}`;
  return `${job.name} ${job.id.slice(0, 8)}, ${job.steps} steps, hit [${hits.join(", ")}], ${counts.join(", ")}, booked ${session?.usage.input_tokens}/${session?.usage.output_tokens}, journal ${journal.join(" ")}, ${end}`;
}
