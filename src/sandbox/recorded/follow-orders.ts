import { closeSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { RecorderOrder, RunFolder } from "./run-folder.ts";

/** What a recorder does on orders. */
export interface OrderHandlers {
  write(text: string, fill: readonly string[]): void;
  close(): void;
  stop(): void;
}

/** Sent to a recorder: there is a new order. */
export const orderSignal = "SIGUSR2";

// A signal may be lost: the file is looked at all the same.
const pollMs = 200;
const pieceBytes = 64 * 1024;

/** Reads orders as they are appended, each once. A half line is read when its end is there. */
export function followOrders({ orders }: RunFolder, handlers: OrderHandlers): { end(): void } {
  const file = openSync(orders, "r");
  const decoder = new StringDecoder("utf8");
  const piece = Buffer.alloc(pieceBytes);
  let rest = "";
  const look = (): void => {
    for (;;) {
      const size = readSync(file, piece);
      if (size === 0) return;
      const lines = (rest + decoder.write(piece.subarray(0, size))).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) obey(parseOrder(line), handlers);
    }
  };
  const timer = setInterval(look, pollMs);
  process.on(orderSignal, look);
  look();
  return {
    end() {
      clearInterval(timer);
      process.off(orderSignal, look);
      // The default of this signal is death.
      process.on(orderSignal, () => undefined);
      closeSync(file);
    },
  };
}

/** Undefined: a line that a dying daemon did not write to its end. */
export function parseOrder(line: string): RecorderOrder | undefined {
  try {
    return JSON.parse(line) as RecorderOrder;
  } catch {
    return undefined;
  }
}

function obey(order: RecorderOrder | undefined, handlers: OrderHandlers): void {
  if (order === undefined) return;
  if (order.kind === "write") handlers.write(order.text, order.fill ?? []);
  else if (order.kind === "close") handlers.close();
  else handlers.stop();
}
