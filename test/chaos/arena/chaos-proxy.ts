import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../random.ts";

/** What happens to a connection once some of the answer has passed. */
export type Disturbance = "none" | "cut" | "reset" | "stall" | "trickle" | "half-close";

export interface ChaosProxy extends AsyncDisposable {
  url: string;
  /** How often each disturbance was done. */
  readonly done: Record<Disturbance, number>;
  /** From now on everything passes. */
  calm(): void;
}

const disturbances: readonly [Disturbance, ...Disturbance[]] = [
  "cut",
  "reset",
  "stall",
  "trickle",
  "half-close",
];
const stallMs = 1_500;
const trickleBytes = 7;
const trickledAtMost = 1_200;

/** A TCP proxy before `target` (a URL): most connections get into trouble after a few answers. */
export async function startChaosProxy(target: string, random: Random): Promise<ChaosProxy> {
  const port = Number(new URL(target).port);
  const done = { none: 0, cut: 0, reset: 0, stall: 0, trickle: 0, "half-close": 0 };
  const sockets = new Set<Socket>();
  let isCalm = false;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
    }
    const kind = !isCalm && random.chance(0.8) ? random.pick(disturbances) : "none";
    const passed = random.int(0, 8_000);
    client.pipe(upstream);
    void forward({ client, upstream }, kind, passed).then((wasDone) => (done[kind] += wasDone ? 1 : 0));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    done,
    calm() {
      isCalm = true;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

interface Pair {
  client: Socket;
  upstream: Socket;
}

/** Passes the answers on, `passed` bytes of them undisturbed; true if the connection was disturbed. */
async function forward(pair: Pair, kind: Disturbance, passed: number): Promise<boolean> {
  let bytes = 0;
  try {
    for await (const chunk of pair.upstream) {
      const data = chunk as Buffer;
      const free = kind === "none" ? data.length : Math.max(0, Math.min(data.length, passed - bytes));
      bytes += data.length;
      if (free > 0) pair.client.write(data.subarray(0, free));
      if (free === data.length) continue;
      if (!(await disturb(pair, kind, data.subarray(free)))) return true;
    }
    pair.client.end();
  } catch {
    pair.client.destroy();
  }
  return kind !== "none" && bytes > passed;
}

/** False if nothing more is to be passed on. */
async function disturb({ client, upstream }: Pair, kind: Disturbance, rest: Buffer): Promise<boolean> {
  switch (kind) {
    case "cut":
      client.destroy();
      upstream.destroy();
      return false;
    case "reset":
      client.resetAndDestroy();
      upstream.destroy();
      return false;
    case "stall":
      await sleep(stallMs);
      client.destroy();
      upstream.destroy();
      return false;
    case "half-close":
      // Our side says that it is over, and goes on listening.
      client.end();
      return false;
    case "trickle":
      await trickle(client, rest);
      return true;
    case "none":
      return true;
  }
}

async function trickle(client: Socket, data: Buffer): Promise<void> {
  const end = Math.min(data.length, trickledAtMost);
  for (let at = 0; at < end; at += trickleBytes) {
    client.write(data.subarray(at, Math.min(end, at + trickleBytes)));
    await sleep(1);
  }
  client.write(data.subarray(end));
}
