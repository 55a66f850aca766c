import { expect, test } from "vitest";
import type { AgentNews } from "../../../src/runners/external/driver.ts";
import { joinLive } from "../../../src/runners/external/join-live.ts";

const delta = (text: string): AgentNews => ({ kind: "live", event: { type: "text-delta", text } });
const activity: AgentNews = { kind: "live", event: { type: "activity", text: "thinks" } };
const spent: AgentNews = { kind: "spent", costUsd: 1, tokens: 2 };

test("texts that follow each other become one, and all else stays in its place", () => {
  const news = [delta("a"), delta("b"), activity, spent, delta("c"), delta("d")];
  expect(joinLive(news)).toEqual([delta("ab"), activity, spent, delta("cd")]);
  expect(joinLive([delta("a")])).toEqual([delta("a")]);
  expect(joinLive([])).toEqual([]);
});

test("nothing of it is lost, and no piece is more than a viewer may be behind", () => {
  const lines = Array.from({ length: 5_000 }, (_, at) => `line ${at}\n`);
  const joined = joinLive(lines.map(delta)).map((one) => (one.kind === "live" ? one.event.text : ""));
  expect(joined.join("")).toBe(lines.join(""));
  expect(Math.max(...joined.map(({ length }) => length))).toBeLessThanOrEqual(16_384);
  expect(joined.length).toBeLessThan(6);
});
