import type { SessionId } from "../../core/id.ts";

/** A wait that goes on without its caller. All of it stands in its id, so that it outlives the daemon and costs nothing. */
export interface WaitTask {
  /** Up to 64. */
  ids: readonly SessionId[];
  until: "all" | "any" | number;
  /** ms since the epoch. */
  createdAt: number;
}

const start = "wait";
const idBytes = 16;
const shape = /^wait\.(?<until>all|any|[1-9]\d?)\.(?<at>[0-9a-z]{1,9})\.(?<ids>[\w-]+)$/;

/** The id of a wait: "wait.all.mi9x2k7a.…", the sessions' ids at its end. It fits a header. */
export function toWaitTaskId({ ids, until, createdAt }: WaitTask): string {
  const bytes = Buffer.from(ids.map((id) => id.replaceAll("-", "")).join(""), "hex");
  return [start, until, createdAt.toString(36), bytes.toString("base64url")].join(".");
}

/** What an id says; null for what is none of ours. It is no right: who asks is looked at as in every call. */
export function parseWaitTaskId(text: string): WaitTask | null {
  const { until = "", at = "", ids = "" } = shape.exec(text)?.groups ?? {};
  const bytes = Buffer.from(ids, "base64url");
  const count = bytes.length / idBytes;
  if (count === 0 || !Number.isInteger(count) || count > 64) return null;
  return {
    ids: Array.from({ length: count }, (_, index) =>
      toId(bytes.toString("hex", index * idBytes, (index + 1) * idBytes)),
    ),
    until: until === "all" || until === "any" ? until : Number(until),
    createdAt: Number.parseInt(at, 36),
  };
}

function toId(hex: string): SessionId {
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => hex.slice(from, to))
    .join("-");
}
