import { closeSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import type { LaneOrder, RecorderOrder, RunFolder } from "./run-folder.ts";

/** What a recorder does on orders. */
export interface OrderHandlers {
  write(text: string, fill: readonly string[]): void;
  close(): void;
  stop(): void;
  /** Another lane; only the recorder of a shared program has them. */
  lane?(order: LaneOrder): void;
}

/** Sent to a recorder: there is a new order. */
export const orderSignal = "SIGUSR2";

const pollMs = 200;
const pieceBytes = 64 * 1024;

/** Orders of one folder, each read once. */
export interface OrderBook {
  /** Obeys what is new. A half line is read when its end is there. */
  look(): void;
  close(): void;
}

export function openOrders({ orders }: RunFolder, handlers: OrderHandlers): OrderBook {
  const file = openSync(orders, "r");
  const decoder = new StringDecoder("utf8");
  const piece = Buffer.alloc(pieceBytes);
  let rest = "";
  let isOpen = true;
  return {
    look() {
      for (;;) {
        // An order may have closed it.
        if (!isOpen) return;
        const size = readSync(file, piece);
        if (size === 0) return;
        const lines = (rest + decoder.write(piece.subarray(0, size))).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) obey(parseOrder(line), handlers);
      }
    },
    close() {
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}

/** Calls `look` at each signal, and from time to time: a signal may be lost. */
export function followOrders(look: () => void): { end(): void } {
  const timer = setInterval(look, pollMs);
  process.on(orderSignal, look);
  look();
  return {
    end() {
      clearInterval(timer);
      process.off(orderSignal, look);
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
  else if (order.kind === "lane") handlers.lane?.(order);
  else if (order.kind === "close") handlers.close();
  else handlers.stop();
}
