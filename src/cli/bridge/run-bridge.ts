import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { ProfclawError } from "../../core/errors.ts";
import type { Forward } from "./forward.ts";
import { type Message, parseMessage } from "./message.ts";

/** The two ends of the bridge. */
export interface Bridge {
  input: Readable;
  write: (line: string) => void;
  forward: Forward;
}

/** A JSON-RPC id as a key: 1 and "1" are two. */
type Key = string;

const parseErrorCode = -32_700;
const internalErrorCode = -32_603;

/**
 * Carries messages, a line each, from a client to the daemon and back, many at once. Resolves when the client
 * has closed its end; what is under way is given up then.
 */
export async function runBridge({ input, write, forward }: Bridge): Promise<void> {
  const underWay = new Map<Key, AbortController>();
  const all = new AbortController();
  const carry = async (message: Message): Promise<void> => {
    const { id } = message;
    const own = new AbortController();
    if (id !== undefined) underWay.set(toKey(id), own);
    try {
      await forward(message, {
        signal: AbortSignal.any([own.signal, all.signal]),
        onMessage: (text) => write(toLine(text)),
      });
    } catch (error) {
      // A client that cancelled wants no answer.
      if (id !== undefined && !own.signal.aborted && !all.signal.aborted) write(toFailure(message, error));
    } finally {
      if (id !== undefined) underWay.delete(toKey(id));
    }
  };
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === "") continue;
    const message = parseMessage(line);
    if (message === undefined) write(toParseFailure());
    else if (message.method === "notifications/cancelled") underWay.get(toCancelled(message))?.abort();
    else void carry(message);
  }
  all.abort();
}

function toKey(id: unknown): Key {
  return JSON.stringify(id) ?? "";
}

/** The connection to the daemon ends with the request: that is how HTTP says it. */
function toCancelled({ params }: Message): Key {
  return toKey(params?.["requestId"]);
}

/** A message is one line; JSON needs no newline. */
function toLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ");
}

function toParseFailure(): string {
  const error = {
    code: parseErrorCode,
    message: "This line is not a JSON-RPC message: one JSON object a line.",
  };
  return JSON.stringify({ jsonrpc: "2.0", id: null, error });
}

/** A tool call that fails is an answer that the model reads; all else is an error of the protocol. */
function toFailure({ id, method }: Message, thrown: unknown): string {
  const failure = describe(thrown);
  if (method === "tools/call") {
    const text = JSON.stringify({ error: failure });
    const result = { content: [{ type: "text", text }], isError: true, resultType: "complete" };
    return JSON.stringify({ jsonrpc: "2.0", id, result });
  }
  const error = { code: internalErrorCode, message: `${failure.detail} ${failure.next}`, data: failure };
  return JSON.stringify({ jsonrpc: "2.0", id, error });
}

function describe(thrown: unknown): { code: string; detail: string; retryable: boolean; next: string } {
  if (!(thrown instanceof ProfclawError)) {
    return { code: "internal", detail: String(thrown), retryable: false, next: "Report it as a bug." };
  }
  const { code, message, hint } = thrown;
  const next = hint ?? "Look at the daemon: profclaw status";
  return { code, detail: message, retryable: code === "daemon-unreachable", next };
}
