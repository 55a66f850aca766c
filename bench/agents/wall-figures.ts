import { setTimeout as sleep } from "node:timers/promises";
import type { ModelScript } from "../../test/support/model-server/reply.ts";
import type { Figure } from "../figure.ts";
import { toMedian } from "../process-figures.ts";
import type { AgentStage } from "./agent-stage.ts";
import type { ByHand } from "./by-hand.ts";

const shortRounds = 25;
const longRounds = 3;
const batchRounds = 5;
const atOnce = 10;
const longTurns = 5;
const turnMs = 2_000;
// Before each: what a run leaves to be done behind it is no part of the next one.
const restMs = 2_000;

/** What a run costs in time over the same program started by hand, one alone and ten at once. By turns: load hits both. */
export async function measureWalls(scene: AgentStage, hand: ByHand): Promise<Figure[]> {
  scene.model.setScript(() => ({ text: "ok" }));
  // The first ones fill caches and homes.
  await scene.runByHand("Say ok.");
  await scene.spawnAndWait(["Say ok."]);
  return [...(await measureShort(scene)), await measureMany(scene), await measureLong(scene, hand)];
}

async function measureShort(scene: AgentStage): Promise<Figure[]> {
  const [hand, typed, rest]: [number[], number[], number[]] = [[], [], []];
  const typing = ["agent", "spawn", "--agent", scene.name, "--task", "Say ok."];
  for (let round = 0; round < shortRounds; round += 1) {
    await sleep(restMs);
    hand.push((await scene.runByHand("Say ok.")).ms);
    await sleep(restMs);
    typed.push((await scene.runOurs(typing)).ms);
    await sleep(restMs);
    rest.push(await scene.spawnAndWait(["Say ok."]));
  }
  const over = (taken: readonly number[]): number => toMedian(taken.map((ms, at) => ms - (hand[at] ?? 0)));
  const note = `median of ${shortRounds} pairs, by hand ${toMedian(hand).toFixed(0)} ms`;
  const name = (what: string): string => `${scene.title}, a short run: ${what} over the program by hand`;
  return [
    { name: name("`profclaw agent spawn`"), value: over(typed), unit: "ms", below: 150, note },
    { name: name("spawned and waited for over REST"), value: over(rest), unit: "ms", note },
  ];
}

async function measureLong(scene: AgentStage, { toolCall }: ByHand): Promise<Figure> {
  scene.model.setScript(toLongScript(toolCall));
  const [hand, ours]: [number[], number[]] = [[], []];
  for (let round = 0; round < longRounds; round += 1) {
    hand.push((await scene.runByHand("Read the notes.")).ms);
    ours.push(
      (await scene.runOurs(["agent", "spawn", "--agent", scene.name, "--task", "Read the notes."])).ms,
    );
  }
  const [bare, typed] = [toMedian(hand), toMedian(ours)];
  return {
    name: `${scene.title}, a run of ten seconds: \`profclaw agent spawn\` over the program by hand`,
    value: 100 * (typed / bare - 1),
    unit: "%",
    below: 5,
    note: `medians of ${longRounds}: ${typed.toFixed(0)} ms, by hand ${bare.toFixed(0)} ms`,
  };
}

/** Reads a file turn by turn. */
function toLongScript(toolCall: ByHand["toolCall"]): ModelScript {
  return ({ turn }) =>
    turn < longTurns - 1 ? { toolCalls: [toolCall], delayMs: turnMs } : { text: "read", delayMs: turnMs };
}

async function measureMany(scene: AgentStage): Promise<Figure> {
  const tasks = Array.from({ length: atOnce }, (_, at) => `Say ok, ${at}.`);
  const [hand, ours]: [number[], number[]] = [[], []];
  for (let round = 0; round < batchRounds; round += 1) {
    const startedAt = performance.now();
    await Promise.all(tasks.map((task) => scene.runByHand(task)));
    hand.push(performance.now() - startedAt);
    ours.push(await scene.spawnAndWait(tasks));
  }
  const [bare, spawned] = [toMedian(hand), toMedian(ours)];
  return {
    name: `${scene.title}, ${atOnce} at once ÷ ${atOnce} started by hand at once`,
    value: spawned / bare,
    unit: "×",
    ...(scene.name === "claude" ? { below: 1.05 } : {}),
    note: `medians of ${batchRounds}: ${spawned.toFixed(0)} ms, by hand ${bare.toFixed(0)} ms`,
  };
}
