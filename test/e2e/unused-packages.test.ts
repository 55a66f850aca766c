import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createStage } from "../support/e2e/stage.ts";

const preload = fileURLToPath(new URL("../support/e2e/note-modules.mjs", import.meta.url));

function sdksOf(loaded: string[]): string[] {
  return loaded.filter((name) => name.startsWith("@ai-sdk/")).toSorted();
}

test("a package that is not used is not loaded: of the providers the one that is called, and when it is", async () => {
  // Someone with the key of one provider, and a daemon that notes what it loads.
  await using stage = await createStage({
    env: { ANTHROPIC_API_KEY: "", OPENAI_API_KEY: "", MY_LLM_API_KEY: "" },
  });
  const folder = join(stage.root, "loaded");
  mkdirSync(folder);
  await stage.run(["up"], { env: { NODE_OPTIONS: `--import ${preload}`, NOTED_MODULES: folder } });
  const notes = join(folder, String(stage.discovery().pid));
  const readLoaded = (): string[] => readFileSync(notes, "utf8").trim().split("\n");
  // The notes work: what a daemon cannot do without is there.
  expect(readLoaded()).toEqual(expect.arrayContaining(["zod", "hono"]));
  expect((await stage.run(["provider", "list"])).stdout).toMatch(/groq +yes/);
  // The shared types and error classes alone.
  expect(sdksOf(readLoaded())).toEqual(["@ai-sdk/provider"]);
  for (const name of ["yaml", "standardwebhooks", "html-to-text", "@pydantic/genai-prices", "commander"]) {
    expect(readLoaded()).not.toContain(name);
  }
  const { sessions } = await stage.spawn({ sessions: [{ task: "Say hello" }] });
  const [ended] = await stage.untilEnded(sessions.map(({ id }) => id));
  expect(ended).toMatchObject({ provider: "groq", status: "completed" });
  expect(sdksOf(readLoaded())).toEqual(["@ai-sdk/groq", "@ai-sdk/provider", "@ai-sdk/provider-utils"]);
});
