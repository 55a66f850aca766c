import type { Duplex } from "node:stream";
import { STATUS_CODES } from "node:http";
import { ProfclawError } from "../core/errors.ts";
import { problemHeaders, toProblem } from "./problem.ts";

/** What the HTTP parser could not make a request of. */
const statuses: Readonly<Record<string, { status: number; detail: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: "The headers are too large." },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: "The request did not arrive in time." },
};

/** Answers what is not HTTP with a problem too, then hangs up. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const known = statuses[error.code ?? ""] ?? { status: 400, detail: "This is not an HTTP request." };
  const refusal = new ProfclawError("invalid-request", known.detail, { status: known.status });
  const problem = toProblem(refusal, () => "");
  const body = JSON.stringify(problem);
  const headers = Object.entries({
    ...problemHeaders(problem),
    connection: "close",
    "content-length": String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${known.status} ${STATUS_CODES[known.status] ?? ""}\r\n${headers.join("")}\r\n${body}`,
  );
}
