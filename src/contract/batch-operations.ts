import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { batchShape } from "./shapes.ts";

const byId = { id: z.string().describe("a batch's id or a unique start of one") };

export const getBatch = defineOperation({
  name: "batches.get",
  method: "GET",
  path: "/batches/{id}",
  access: "local",
  kind: "call",
  input: z.strictObject(byId),
  output: batchShape,
  successStatus: 200,
  summary: "A batch: how its sessions stand, and what they cost.",
});

export const waitForBatch = defineOperation({
  name: "batches.wait",
  method: "GET",
  path: "/batches/{id}/wait",
  access: "local",
  kind: "call",
  input: z.strictObject({
    ...byId,
    until: z.enum(["all", "any"]).default("all"),
    timeout_ms: z.coerce.number().int().min(0).max(50_000).default(50_000),
  }),
  output: z.object({ done: z.boolean(), batch: batchShape }),
  successStatus: 200,
  summary: "Answers when the batch has ended, or after timeout_ms with done: false. Ask again to go on.",
});

export const cancelBatch = defineOperation({
  name: "batches.cancel",
  method: "POST",
  path: "/batches/{id}/cancel",
  access: "local",
  kind: "call",
  input: z.strictObject(byId),
  output: batchShape,
  successStatus: 200,
  summary: "Stop every session of a batch.",
});

export type WaitView = z.infer<typeof waitForBatch.output>;
