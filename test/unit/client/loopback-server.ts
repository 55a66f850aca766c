import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

export type Answer = (received: Received, response: ServerResponse) => void;

/** A real HTTP server on a Unix socket, to stand where the daemon's would. */
export interface LoopbackServer extends AsyncDisposable {
  socketPath: string;
  received: Received[];
  start(answer: Answer): Promise<void>;
  /** Like a kill: open connections break off. */
  kill(): Promise<void>;
}

export function createLoopbackServer(): LoopbackServer {
  const folder = mkdtempSync(join(tmpdir(), "profclaw-client-"));
  const socketPath = join(folder, "daemon.sock");
  const received: Received[] = [];
  let server: Server | undefined;
  const kill = async () => {
    const old = server;
    server = undefined;
    old?.closeAllConnections();
    await new Promise<void>((resolve) => (old === undefined ? resolve() : old.close(() => resolve())));
    rmSync(socketPath, { force: true });
  };
  return {
    socketPath,
    received,
    kill,
    async start(answer) {
      server = createServer((request, response) => void receive(request, response, { received, answer }));
      await new Promise<void>((resolve) => server?.listen(socketPath, resolve));
    },
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  { received, answer }: { received: Received[]; answer: Answer },
): Promise<void> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const whole = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
  received.push(whole);
  answer(whole, response);
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, {
    "content-type": status < 400 ? "application/json" : "application/problem+json",
  });
  response.end(JSON.stringify(value));
}
