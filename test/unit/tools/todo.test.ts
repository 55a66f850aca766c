import { expect, test } from "vitest";
import { readTodoHead } from "../../../src/tools/todo.ts";
import { createWorkspace, textOf } from "./tool-fixture.ts";

const result = (text: string, isError = false) =>
  ({ type: "tool-result", toolCallId: "c", tool: "todo", text, isError }) as const;

test("todo answers with the list and how far it is", async () => {
  const { context } = await createWorkspace({}, { level: "deny" });
  const items = [
    { text: "read", status: "done" },
    { text: "write\nthe tests", status: "in_progress" },
    { text: "land", status: "pending" },
  ];
  expect(await textOf(context, "todo", { items })).toBe(
    "1/3 done: write the tests\n[x] read\n[>] write the tests\n[ ] land",
  );
  expect(await textOf(context, "todo", { items: [] })).toBe("0/0 done");
  expect(await textOf(context, "todo", { items: [{ text: "a", status: "finished" }] })).toContain(
    "items.0.status",
  );
});

test("the head of the latest list that was taken stands", () => {
  const head = readTodoHead(result("1/3 done: b\n[x] a"), null);
  expect(head).toBe("1/3 done: b");
  expect(readTodoHead(result("The input of todo is wrong", true), head)).toBe(head);
  expect(readTodoHead({ ...result("x"), tool: "bash" }, head)).toBe(head);
  expect(readTodoHead(result("2/3 done: c"), head)).toBe("2/3 done: c");
});
