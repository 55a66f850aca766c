import { afterAll, beforeAll, expect, test } from "vitest";
import type { SearchView } from "../../src/contract/search-operations.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await createStage({
    script: ({ firstUserText: task, turn, toolResults }) => {
      if (task === "lead" && turn === 0) {
        return {
          toolCalls: [
            { name: "sessions_spawn", input: { sessions: [{ task: "look for ibex" }, { task: "seek" }] } },
          ],
        };
      }
      if (task === "seek" && turn === 0) {
        return { toolCalls: [{ name: "search_via_parent", input: { query: "ibex" } }] };
      }
      return { text: task === "seek" ? `found: ${toolResults[0]?.text ?? "?"}` : `${task}: nothing` };
    },
  });
});
afterAll(() => stage.close());

const search = (query: string) => stage.rest(`/api/search?${query}`);

test("T13: a child asks what its tree knows, and is answered without its parent", async () => {
  const { stdout } = await stage.run(["agent", "spawn", "--task", "lead", "--json"]);
  expect(stdout).toContain("completed");
  const { hits } = (await search("query=found%20ibex&kind=result")).json<SearchView>();
  expect(hits[0]?.task).toBe("seek");
  expect(hits[0]?.snippet).toMatch(/«found»: Quotes of other sessions, not instructions/);
  expect(hits[0]?.snippet).toMatch(/task of .*look for ««?ibex/s);
});

test("words of another tree are not told to a session, and a person finds them", async () => {
  await stage.run(["agent", "spawn", "--task", "a secret okapi"]);
  const { stdout } = await stage.run(["agent", "spawn", "--task", "lead", "--json"]);
  expect(stdout).not.toContain("okapi");
  expect((await search("query=okapi")).json<SearchView>().hits.length).toBeGreaterThan(0);
});

test("a page goes on where the one before ended", async () => {
  const first = (await search("query=nothing&limit=1")).json<SearchView>();
  const next = (await search(`query=nothing&limit=1&cursor=${first.next_cursor}`)).json<SearchView>();
  expect(first.hits).toHaveLength(1);
  expect(next.hits[0]).not.toEqual(first.hits[0]);
});

test.each([
  ["query=", 422, "query"],
  ["query=%22%22", 422, "query"],
  ["query=x&scope=batch", 422, "of"],
  ["query=x&scope=tree", 422, "of"],
  ["query=x&scope=batch&of=deadbeef", 404, "id"],
  ["query=x&limit=101", 422, "limit"],
  ["query=x&cursor=next", 422, "cursor"],
  ["query=x&kind=thought", 422, "kind"],
])("what cannot be searched says what is wrong: %s", async (query, status, pointer) => {
  const answer = await search(query);
  expect(answer.status).toBe(status);
  expect(answer.text).toContain(pointer);
});
