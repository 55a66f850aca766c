import { expect, test } from "vitest";
import { linkAndAsk } from "../../../src/cli/daemon-link.ts";
import { answerJson, createLoopbackServer } from "../client/loopback-server.ts";
import { createCapturedContext } from "./captured-context.ts";

type Reply = "refused" | "answered" | "cut off";

/** Asks for the pool as a first question of a daemon that replies so in turn; answers what came, and how often it was asked. */
async function ask({ isNews, replies }: { isNews: boolean; replies: Reply[] }): Promise<[unknown, number]> {
  await using server = createLoopbackServer();
  let asked = 0;
  await server.start(({ url }, response) => {
    if (url.endsWith("/greet")) {
      return answerJson(response, 200, { version: "1.2.3", changes: [], is_news: isNews });
    }
    asked += 1;
    const reply = replies[asked - 1];
    if (reply === "cut off") return response.destroy();
    if (reply === "answered") return answerJson(response, 200, { size: asked });
    return answerJson(response, 422, { code: "invalid-request", detail: "no", status: 422 });
  });
  const { context } = createCapturedContext();
  const paths = { ...context.paths, socket: server.socketPath };
  const linked = await linkAndAsk({ ...context, paths }, (client) => client.getPool({})).catch(
    (error: { code: string }) => error.code,
  );
  if (typeof linked === "string") return [linked, asked];
  linked.client.close();
  return [linked.answer, asked];
}

test.each<{ what: string; isNews: boolean; replies: Reply[]; answer: unknown; times: number }>([
  {
    what: "is answered once where the greeting brought nothing new",
    isNews: false,
    replies: ["answered"],
    answer: { size: 1 },
    times: 1,
  },
  {
    what: "is asked again where it did",
    isNews: true,
    replies: ["refused", "answered"],
    answer: { size: 2 },
    times: 2,
  },
  { what: "is refused once", isNews: false, replies: ["refused"], answer: "invalid-request", times: 1 },
  {
    what: "is asked again where the answer was lost",
    isNews: false,
    replies: ["cut off", "answered"],
    answer: { size: 2 },
    times: 2,
  },
])("a first question beside the greeting $what", async ({ isNews, replies, answer, times }) => {
  expect(await ask({ isNews, replies })).toEqual([answer, times]);
});
