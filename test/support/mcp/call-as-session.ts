import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Stage } from "../e2e/stage.ts";

const run = promisify(execFile);

/** What comes back: a result, or an error of the protocol. */
export interface SessionAnswer {
  result?: {
    isError?: boolean;
    structuredContent?: Record<string, unknown>;
    content?: { text: string }[];
    tools?: { name: string }[];
    instructions?: string;
  };
  error?: { code: number; message: string; data?: { code?: string; next?: string } };
}

/** One message to `/mcp` from a process that carries a session's marker, as one that the session started does. */
export async function callAsSession(
  stage: Stage,
  request: { sessionId: string; method: string; params?: object; query?: string },
): Promise<SessionAnswer> {
  const { sessionId, method, params = {}, query = "" } = request;
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const { stdout } = await run(
    "curl",
    [
      "-s",
      "-H",
      "Content-Type: application/json",
      "-H",
      "Accept: application/json, text/event-stream",
      "-d",
      body,
      `${stage.url()}/mcp${query}`,
    ],
    { env: { PATH: "/usr/bin:/bin", PROFCLAW_SESSION_ID: sessionId }, timeout: 60_000 },
  );
  const line = stdout.split("\n").find((text) => text.startsWith("data: {")) ?? stdout;
  return JSON.parse(line.replace(/^data: /, "")) as SessionAnswer;
}
