import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import { type LineProcess, type LineProgram, startLineProcess } from "../../sandbox/line-process.ts";

// Many servers print a greeting where only messages belong; who never stops speaks something else.
const mostGarbage = 100;

/** A server's stdin and stdout as the SDK speaks over them, in a process that dies with us. `onEnd` is told why it ended. */
export function createChildTransport(
  program: Omit<LineProgram, "onLine" | "onEnd">,
  onEnd: (reason: string) => void,
): Transport {
  let child: LineProcess | undefined;
  let garbage = 0;
  const fail = (reason: string): void => {
    onEnd(reason);
    transport.onclose?.();
  };
  const onLine = (line: string): void => {
    if (line.trim() === "") return;
    const message = parseMessage(line);
    if (message !== null) return transport.onmessage?.(message);
    garbage += 1;
    if (garbage < mostGarbage) return;
    fail("what it sends is not JSON-RPC");
    void child?.end();
  };
  const transport: Transport = {
    async start() {
      child = startLineProcess({ ...program, onLine, onEnd: fail });
    },
    async send(message) {
      if (child?.write(JSON.stringify(message)) !== true) throw new Error("it takes no more messages");
    },
    async close() {
      await child?.end();
      transport.onclose?.();
    },
  };
  return transport;
}

function parseMessage(line: string): JSONRPCMessage | null {
  try {
    const message: unknown = JSON.parse(line);
    const isMessage = typeof message === "object" && message !== null && "jsonrpc" in message;
    return isMessage ? (message as JSONRPCMessage) : null;
  } catch {
    return null;
  }
}
