import { createServer, type IncomingHttpHeaders } from "node:http";
import { Webhook } from "standardwebhooks";

/** One attempt as it came in. */
export interface Attempt {
  id: string;
  headers: IncomingHttpHeaders;
  text: string;
  /** Parsed by the library, which throws where the signature is wrong. */
  event: { type: string; timestamp: string; data: Record<string, unknown> };
}

export interface WebhookReceiver extends AsyncDisposable {
  url: string;
  secret: string;
  attempts: Attempt[];
}

/** A real server that verifies as a receiver does; `answer` says the status, null hangs for ever. */
export async function startWebhookReceiver(
  answer: (attempt: Attempt, count: number) => number | null = () => 200,
): Promise<WebhookReceiver> {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const attempts: Attempt[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    request.once("end", () => {
      const { headers } = request;
      const event = new Webhook(secret).verify(text, headers as Record<string, string>) as Attempt["event"];
      const attempt = { id: String(headers["webhook-id"]), headers, text, event };
      attempts.push(attempt);
      const status = answer(attempt, attempts.length);
      if (status !== null) response.writeHead(status, { location: "/elsewhere" }).end("x".repeat(100_000));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    secret,
    attempts,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
