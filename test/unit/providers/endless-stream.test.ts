import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createProviderCatalog } from "../../../src/providers/catalog.ts";
import { createCredentialVault } from "../../../src/engine/credential-vault.ts";
import { type TurnOutcome, streamTurn } from "../../../src/providers/stream-turn.ts";

const gigabyte = 2 ** 30;
let stop = (): Promise<void> => Promise.resolve();
afterEach(() => stop());

interface Flood {
  head: string;
  piece: string;
  status?: number;
}

interface Drowned {
  outcome: TurnOutcome;
  sentBytes: number;
  grownMb: number;
}

/** Sends a gigabyte as fast as it is taken, unless the client goes away. */
async function pour(response: ServerResponse, { head, piece, status = 200 }: Flood): Promise<number> {
  const block = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)));
  response.writeHead(status, { "content-type": "text/event-stream" }).write(head);
  let sent = 0;
  while (sent < gigabyte && !response.destroyed) {
    sent += block.length;
    if (!response.write(block)) await toFlow(response);
  }
  response.end();
  return sent;
}

/** Taken, or gone. */
function toFlow(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off("drain", go).off("close", go);
      resolve();
    };
    response.on("drain", go).on("close", go);
  });
}

async function drown(flood: Flood): Promise<Drowned> {
  let sending: Promise<number> = Promise.resolve(0);
  const server = createServer((_, response) => {
    sending = pour(response, flood);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  const { port } = server.address() as AddressInfo;
  const credential = { apiKey: "k", baseUrl: `http://127.0.0.1:${port}` };
  const credentials = createCredentialVault(new Map([["anthropic", credential]]));
  const catalog = createProviderCatalog({ credentials, version: "0.0.0" });
  const model = await catalog.openModel({ provider: "anthropic", model: "claude-sonnet-4-6" });
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
  const outcome = await streamTurn({
    model,
    options: { prompt: [{ role: "user", content: [{ type: "text", text: "go" }] }] },
    signal: new AbortController().signal,
  });
  clearInterval(timer);
  return { outcome, sentBytes: await sending, grownMb: (most - before) / 2 ** 20 };
}

const toEvent = (type: string, more: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const usage = { input_tokens: 1, output_tokens: 1 };
const message = { id: "m", type: "message", role: "assistant", model: "m", content: [], usage };
const head = toEvent("message_start", { message });
const toBlock = (block: object): string => toEvent("content_block_start", { index: 0, content_block: block });
const toDelta = (delta: object): string => toEvent("content_block_delta", { index: 0, delta });
const text = "and on and on ".repeat(20);

const floods: [string, Flood, RegExp][] = [
  [
    "text",
    { head: head + toBlock({ type: "text", text: "" }), piece: toDelta({ type: "text_delta", text }) },
    /longer than 8 million characters/,
  ],
  [
    "thinking",
    {
      head: head + toBlock({ type: "thinking", thinking: "" }),
      piece: toDelta({ type: "thinking_delta", thinking: text }),
    },
    /longer than 8 million characters/,
  ],
  [
    "tool input",
    {
      head: head + toBlock({ type: "tool_use", id: "t", name: "bash", input: {} }),
      piece: toDelta({ type: "input_json_delta", partial_json: text }),
    },
    /longer than 8 million characters/,
  ],
  ["one line", { head: "data: ", piece: "x".repeat(1_000) }, /32 MB without an end/],
  ["one error", { head: "", piece: "wrong ".repeat(100), status: 400 }, /32 MB without an end/],
];

test.each(floods)(
  "a gigabyte of %s is cut off long before, and the memory stays flat",
  async (name, flood, detail) => {
    const { outcome, sentBytes, grownMb } = await drown(flood);
    console.log(`${name}: ${(sentBytes / 1e6).toFixed(0)} MB sent, memory + ${grownMb.toFixed(0)} MB`);
    expect(outcome.kind).toBe("failure");
    if (outcome.kind !== "failure") return;
    expect(outcome.fault.detail).toMatch(detail);
    expect(sentBytes).toBeLessThan(100e6);
    expect(grownMb).toBeLessThan(200);
  },
);
