import { OverlongAnswer } from "./overlong-answer.ts";

// Twice what the longest answer may be: a whole tool call comes in one event, and once more in JSON.
const mostUnbroken = 32 * 2 ** 20;
const bodiless = new Set([101, 204, 205, 304]);

/**
 * The same response; its body fails once 32 MB have come without an empty line, which ends an event. Whoever
 * reads it collects an event, or the text of an error, in memory, and would do so to the end of the heap.
 */
export function boundBody(response: Response): Response {
  if (response.body === null || bodiless.has(response.status)) return response;
  let unbroken = 0;
  const guard = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const end = findLastEmptyLine(chunk);
      unbroken = end === -1 ? unbroken + chunk.byteLength : chunk.byteLength - end;
      if (unbroken <= mostUnbroken) controller.enqueue(chunk);
      else controller.error(new OverlongAnswer("has 32 MB without an end of its event"));
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(guard), { status, statusText, headers });
}

// One that is cut in two by the network is missed; of 32 MB of events one is found.
function findLastEmptyLine(chunk: Uint8Array): number {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  return Math.max(bytes.lastIndexOf("\n\n"), bytes.lastIndexOf("\r\n\r\n"));
}
