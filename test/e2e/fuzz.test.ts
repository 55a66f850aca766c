import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiDocument, readDocument } from "../support/fuzz/document.ts";
import { type FuzzRequest, requestOf } from "../support/fuzz/request-of.ts";
import { callRest } from "../support/e2e/rest.ts";
import { type Stage, createStage } from "../support/e2e/stage.ts";

/** FUZZ_SEED repeats a run, FUZZ_MS makes it longer. */
const seed = Number(process.env["FUZZ_SEED"] ?? Math.trunc(Math.random() * 1e9));
const forMs = Number(process.env["FUZZ_MS"] ?? 15_000);

let stage: Stage;
let document: ApiDocument;
let ids: string[];
/** Those that may go. */
let spare: string[];

beforeAll(async () => {
  stage = await createStage();
  await stage.run(["up"]);
  document = readDocument((await stage.rest("/openapi.json")).json());
  const batch = await stage.spawn({ sessions: [{ task: "one" }, { task: "two" }, { task: "three" }] });
  const sessions = batch.sessions.map(({ id }) => id);
  await stage.untilEnded(sessions);
  ids = [batch.batch_id, ...sessions.slice(0, 2)];
  spare = sessions.slice(2);
});

afterAll(() => stage.close());

async function send({ operation, path, headers, body }: FuzzRequest, token: string | undefined) {
  const answer = await callRest(`${stage.url()}${path}`, {
    method: operation.method,
    headers: { ...headers, accept: "application/json" },
    ...(body === null ? {} : { body }),
    ...(token === undefined ? {} : { token }),
  });
  return { status: answer.status, contentType: answer.headers["content-type"] ?? "", text: answer.text };
}

test(
  `whatever is sent, no answer is a 5xx, and each is what the document says (FUZZ_SEED=${seed})`,
  async () => {
    const { pid } = stage.discovery();
    // The one that ends what is tested; without a token it is refused like the others.
    const operations = document.operations.filter(({ operationId }) => operationId !== "daemon.stop");
    // Made once: taking the schemas apart is slower than a request.
    const byOperation = operations.map((one) =>
      requestOf(one, { ...document, ids: one.operationId === "sessions.remove" ? spare : ids }),
    );
    const requests = fc.oneof(...byOperation);
    const seen = new Map<string, Set<number>>();
    const property = fc.asyncProperty(requests, fc.boolean(), async (request, isAdmin) => {
      const answer = await send(request, isAdmin ? stage.token() : undefined);
      const { operationId } = request.operation;
      seen.set(operationId, (seen.get(operationId) ?? new Set()).add(answer.status));
      expect(answer.status, answer.text).toBeLessThan(500);
      expect(document.findFault(request.operation, answer), answer.text.slice(0, 2_000)).toBeNull();
    });
    await fc.assert(property, {
      seed,
      numRuns: 1_000_000,
      interruptAfterTimeLimit: forMs,
      markInterruptAsFailure: false,
      timeout: 10_000,
      endOnFailure: true,
    });
    expect(stage.discovery().pid).toBe(pid);
    // Else the fuzzer would only knock at the door.
    const answered = operations.filter(({ operationId }) =>
      [...(seen.get(operationId) ?? [])].some((status) => status < 300),
    );
    expect(answered.length).toBeGreaterThan(operations.length / 2);
  },
  forMs * 2 + 30_000,
);
