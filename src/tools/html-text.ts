import { once } from "node:events";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";

export type HtmlOutcome = { kind: "text"; text: string } | { kind: "not-text"; reason: string };

/** What the thread is given. */
export interface HtmlTask {
  html: string;
}

// Of more than that nobody reads the text, and the conversion takes memory with it.
const maxChars = 2_000_000;
const timeoutMs = 5_000;
const heapMb = 256;

/** One thread at a time: twenty pages at once must not take twenty heaps. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * HTML as reading text. In a thread with a time limit: a page may be built so that its conversion takes
 * minutes (2 MB of open tags took 98 s), and every other session would stand still.
 */
export async function toHtmlText(html: string): Promise<HtmlOutcome> {
  const mine = turn.then(() => convertInThread(html.slice(0, maxChars)));
  turn = mine;
  return mine;
}

/** Never rejects. */
async function convertInThread(html: string): Promise<HtmlOutcome> {
  // tsc does not rewrite this name: the worker is .ts beside sources and .js beside compiled code.
  const url = new URL(`./html-worker${extname(import.meta.url)}`, import.meta.url);
  const workerData: HtmlTask = { html };
  const worker = new Worker(url, { workerData, resourceLimits: { maxOldGenerationSizeMb: heapMb } });
  try {
    const [text] = (await once(worker, "message", { signal: AbortSignal.timeout(timeoutMs) })) as [string];
    return { kind: "text", text };
  } catch {
    return { kind: "not-text", reason: "its HTML is too large or too deep to be made text" };
  } finally {
    worker.on("error", () => undefined);
    await worker.terminate();
  }
}
