import { expect, test } from "vitest";
import { parseTraceParent, passTrace, toTraceParentText } from "../../../src/core/trace-context.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";

test("a traceparent is read and written as it was", () => {
  const text = `00-${traceId}-${spanId}-01`;
  const parsed = parseTraceParent(text);
  expect(parsed).toEqual({ traceId, spanId, isSampled: true });
  expect(parsed === null ? "" : toTraceParentText(parsed)).toBe(text);
  expect(parseTraceParent(`00-${traceId}-${spanId}-00`)?.isSampled).toBe(false);
});

test("a later version may have more fields and other flags", () => {
  expect(parseTraceParent(`01-${traceId}-${spanId}-03-more`)?.isSampled).toBe(true);
});

test.each([
  undefined,
  "",
  "x",
  `00-${traceId}-${spanId}`,
  `00-${traceId}-${spanId}-01-more`,
  `ff-${traceId}-${spanId}-01`,
  `00-${"0".repeat(32)}-${spanId}-01`,
  `00-${traceId}-${"0".repeat(16)}-01`,
  `00-${traceId.toUpperCase()}-${spanId}-01`,
  `00-${traceId}-${spanId}-01\r\nx-evil: 1`,
  `00-${"a".repeat(1_000_000)}`,
])("what is no traceparent is none: %s", (text) => {
  expect(parseTraceParent(text)).toBeNull();
});

test("who records nothing hands the caller's own on", () => {
  const trace = passTrace("00-a");
  expect([trace.beginCall(), trace.beginTool("1"), trace.ofTool("1")]).toEqual(["00-a", "00-a", "00-a"]);
  expect(passTrace(undefined).beginCall()).toBeNull();
});
