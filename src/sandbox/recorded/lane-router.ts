/** To whom a line of a shared program goes: one that answers a request, or that tells of a conversation. */
export interface LaneRouter<Lane> {
  add(key: string, lane: Lane): void;
  /** Null: it is for nobody, or for all. */
  laneOf(line: string): Lane | null;
  /** The conversation that a lane has opened. */
  threadOf(lane: Lane): string | undefined;
  delete(key: string): void;
}

/*
 * JSON-RPC in lines: requests have ids that begin with their lane's key and a colon; an answer whose result has a
 * `thread.id` opens that conversation for the lane; all else names it as `params.threadId`. The line is parsed, since
 * what a model wrote may hold anybody's id.
 */
export function createLaneRouter<Lane>(): LaneRouter<Lane> {
  const byKey = new Map<string, Lane>();
  const byThread = new Map<string, Lane>();
  const threads = new Map<Lane, string>();
  const open = (lane: Lane, thread: unknown): void => {
    if (typeof thread !== "string") return;
    byThread.set(thread, lane);
    threads.set(lane, thread);
  };
  return {
    add: (key, lane) => void byKey.set(key, lane),
    laneOf(line) {
      const message = parse(line);
      const { id, method, result, params } = message;
      if (method !== undefined) return byThread.get(String(toRecord(params)["threadId"])) ?? null;
      const lane = typeof id === "string" ? byKey.get(id.split(":", 1)[0] ?? "") : undefined;
      if (lane !== undefined) open(lane, toRecord(toRecord(result)["thread"])["id"]);
      return lane ?? null;
    },
    threadOf: (lane) => threads.get(lane),
    delete(key) {
      const lane = byKey.get(key);
      byKey.delete(key);
      if (lane === undefined) return;
      const thread = threads.get(lane);
      threads.delete(lane);
      // Another lane may have gone on with it.
      if (thread !== undefined && byThread.get(thread) === lane) byThread.delete(thread);
    },
  };
}

function parse(line: string): Readonly<Record<string, unknown>> {
  try {
    return toRecord(JSON.parse(line));
  } catch {
    return {};
  }
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
