import { afterAll, beforeAll, expect, test } from "vitest";
import { makeRepository } from "../support/git-sandbox.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;
let curls: string[];

beforeAll(async () => {
  stage = await createStage();
  makeRepository(stage.workspace, { "a.txt": "a" });
  await stage.run(["up"]);
  const page = (await stage.rest("/docs")).text;
  curls = [...page.matchAll(/<pre>([^<]*)<\/pre>/g)].map(([, text = ""]) =>
    text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"),
  );
});
afterAll(() => stage.close());

/** Of the daemon itself: the token of the others would be another one, and there would be nobody to ask. */
const isLast = (curl: string): boolean => /daemon\/(?:token|stop)"$/.test(curl);

/**
 * There is no such approval, rule, trust, message, thread or addressee here; the session has ended; and the example of
 * a folder's content is a text to replace. These say so in the words of the API, all others work.
 */
const missesItsThing =
  /(?:approvals\/\$n|rules\/\$rule|trust\/\$folder|messages\/\$message_id|api\/messages|messages\/ask|messages\/\$qid\/answer|findings\/\$finding_id\/votes|threads\/\$id(?:\/\w+)?|flows\/\$id(?:\/\w+)?|candidates\/\$id\/\w+|sessions\/\$id\/cancel)"$/;

async function spawnOne(): Promise<string> {
  const { sessions } = await stage.spawn({ sessions: [{ task: "Say hello", worktree: true }] });
  const ids = sessions.map(({ id }) => id);
  await stage.untilEnded(ids);
  return ids[0] ?? "";
}

/** As it is copied: a shell, with the variables that its path names. */
async function run(curl: string): Promise<{ status: number; body: string }> {
  const id = curl.includes("$id") ? await spawnOne() : "";
  const isBatch = curl.includes("/batches/");
  const batch = isBatch ? (await stage.session(id)).batch_id : id;
  const given = {
    id: batch,
    n: "1",
    message_id: "none",
    rule: "none",
    folder: encodeURIComponent(stage.workspace),
  };
  const limits = `${curl.replace(/^curl/, "curl -s -m 3")} -w '\\n%{http_code}'`;
  const { stdout } = await stage.shell(limits, { env: given });
  const lines = stdout.trimEnd().split("\n");
  return { status: Number(lines.at(-1)), body: lines.slice(0, -1).join("\n") };
}

test("every curl of the docs page works as it is copied, at the address of the page", async () => {
  expect(curls.length).toBeGreaterThan(40);
  for (const curl of [...curls.filter((one) => !isLast(one)), ...curls.filter(isLast)]) {
    expect(curl).toContain(stage.url());
    const { status, body } = await run(curl);
    const isMissing = status === 404 || status === 409 || /does not hold that content/.test(body);
    const isRight = status < 300 || (isMissing && missesItsThing.test(curl));
    expect([curl, status, isRight, body]).toEqual([curl, status, true, body]);
  }
}, 120_000);
