import { APICallError } from "@ai-sdk/provider";
import { expect, test } from "vitest";
import { type Clock, createFixedClock } from "../../../src/core/clock.ts";
import type { JournalEntry, JournalEvent } from "../../../src/core/journal.ts";
import { passTrace } from "../../../src/core/trace-context.ts";
import type { SessionRecord } from "../../../src/core/session.ts";
import type { OpenedModel } from "../../../src/providers/open-model.ts";
import { createRateGovernor } from "../../../src/providers/governor/rate-governor.ts";
import { createAgentRunner } from "../../../src/runners/agent/agent-runner.ts";
import type { RunContext, Runner } from "../../../src/runners/runner.ts";
import { createToolRegistry } from "../../../src/tools/registry.ts";
import { createRandom } from "./simulated-crowd.ts";
import { defaultRules } from "../../../src/tools/decide-call.ts";

const hourMs = 3_600_000;

/** A real runner at a real governor before a provider that answers every call with that status. */
function createWalledRunner(clock: Clock, status: number): { runner: Runner; calls: string[] } {
  const calls: string[] = [];
  const random = createRandom(7);
  const openModel = (session: { model: string }): Promise<OpenedModel> =>
    Promise.resolve({
      specificationVersion: "v4",
      provider: "acme",
      modelId: session.model,
      supportedUrls: {},
      redact: (text) => text,
      doGenerate: () => Promise.reject(new Error("never called")),
      doStream({ prompt }) {
        calls.push(JSON.stringify(prompt));
        const url = "http://localhost";
        return Promise.reject(
          new APICallError({ message: "busy", url, requestBodyValues: {}, statusCode: status }),
        );
      },
    });
  const governor = createRateGovernor({ clock, random, keyOf: () => "key", startLimit: () => 10 });
  const parts = {
    clock,
    random,
    approvalMs: 0,
    gates: [governor],
    contextWindow: () => Promise.resolve(128_000),
    faultPatienceMs: 60_000,
  };
  return {
    runner: createAgentRunner({ ...parts, catalog: { openModel }, tools: createToolRegistry([]) }),
    calls,
  };
}

interface Life {
  id: string;
  journal: JournalEntry[];
  /** When it runs next, ms; null once it has ended. */
  wakeAt: number | null;
}

async function live(life: Life, runner: Runner, clock: Clock): Promise<void> {
  for await (const events of runner.run(toContext(life))) {
    for (const event of events) add(life, event, clock.now());
  }
  const last = life.journal.at(-1)?.event;
  const wait = last?.type === "wait-start" ? last.wait : null;
  life.wakeAt = wait?.on === "cool-down" ? wait.untilMs : null;
}

function add(life: Life, event: JournalEvent, at: number): void {
  life.journal.push({ sessionId: life.id, seq: life.journal.length + 1, at, event });
}

function toContext({ id, journal }: Life): RunContext {
  const session = {
    id,
    task: `task of ${id}`,
    provider: "acme",
    model: "m",
    tools: [],
    maxTurns: 5,
    cwd: "/",
  };
  const limits = {
    timeoutMs: 300_000,
    maxOutputTokens: 100,
    effort: null,
    schema: null,
    appendSystem: null,
    stance: null,
    projectNotes: null,
  };
  return {
    session: { ...session, ...limits, createdAt: 0 } as unknown as SessionRecord,
    journal: [...journal],
    signal: new AbortController().signal,
    isDraining: () => false,
    path: "",
    trace: passTrace(undefined),
    sessions: {} as RunContext["sessions"],
    identify: async () => ({}),
    protectedPaths: [],
    interruption: () => new AbortController().signal,
    readRules: async () => defaultRules(),
    readMail: () => Promise.resolve([]),
    readChildren: () => Promise.resolve([]),
    putArtifact: () => Promise.reject(new Error("no artifacts")),
    readAnswer: async () => null,
    showLive: () => undefined,
  };
}

/** Lives all of them, in time order, until they have ended. */
async function liveAll(
  lives: readonly Life[],
  runner: Runner,
  clock: ReturnType<typeof createFixedClock>,
): Promise<void> {
  for (;;) {
    const [next] = lives
      .filter(({ wakeAt }) => wakeAt !== null)
      .toSorted((a, b) => (a.wakeAt ?? 0) - (b.wakeAt ?? 0));
    if (next?.wakeAt === undefined || next.wakeAt === null) return;
    clock.advance(Math.max(0, next.wakeAt - clock.now()));
    await live(next, runner, clock);
  }
}

function toLives(count: number): Life[] {
  return Array.from({ length: count }, (_, index) => ({ id: `s${index}`, journal: [], wakeAt: 0 }));
}

test("after six hours of nothing but 529 every session gives up with that fault, called itself or not", async () => {
  const clock = createFixedClock(0);
  const { runner, calls } = createWalledRunner(clock, 529);
  const lives = toLives(40);
  await liveAll(lives, runner, clock);
  const ends = lives.map(({ journal }) => journal.at(-1));
  for (const entry of ends) {
    expect(entry?.event).toMatchObject({
      type: "session-end",
      end: { status: "failed", reason: "provider-error", error: { code: "overloaded" } },
    });
    expect(entry?.at).toBeGreaterThan(5.8 * hourMs);
    expect(entry?.at).toBeLessThanOrEqual(6 * hourMs);
  }
  const parks = Math.max(
    ...lives.map(({ journal }) => journal.filter(({ event }) => event.type === "wait-start").length),
  );
  console.log(`six hours of 529, 40 sessions: ${calls.length} requests, at most ${parks} parks a session`);
  expect(calls.length).toBeLessThan(1_500);
  expect(parks).toBeLessThan(400);
});

test("a provider that is down with 500 is given up after the faults' patience, also by those that never called", async () => {
  const clock = createFixedClock(0);
  const { runner, calls } = createWalledRunner(clock, 500);
  const lives = toLives(40);
  await liveAll(lives, runner, clock);
  const never = lives.filter(({ journal }) => !journal.some(({ event }) => event.type === "turn-start"));
  expect(never.length).toBeGreaterThan(0);
  for (const { journal } of lives) {
    expect(journal.at(-1)?.event).toMatchObject({
      type: "session-end",
      end: { status: "failed", reason: "provider-error", error: { code: "server-error" } },
    });
  }
  expect(clock.now()).toBeLessThanOrEqual(2 * 60_000);
  expect(calls.length).toBeLessThan(80);
});

test("a session that comes in the middle of an outage has its own patience", async () => {
  const clock = createFixedClock(0);
  const { runner } = createWalledRunner(clock, 529);
  const [first, ...rest] = toLives(3);
  if (first === undefined) return;
  for (const late of rest) late.wakeAt = hourMs;
  await liveAll([first, ...rest], runner, clock);
  expect(first.journal.at(-1)?.at).toBeLessThanOrEqual(6 * hourMs);
  for (const late of rest) expect(late.journal.at(-1)?.at).toBeGreaterThan(6 * hourMs);
});
