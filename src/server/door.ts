import type { IncomingMessage } from "node:http";
import { ProfclawError } from "../core/errors.ts";

const hostPattern = /^(?<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;
const loopbackNames = ["localhost", "127.0.0.1", "::1"];
const readMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * What is refused before anyone is asked who they are: a foreign Host (DNS rebinding), a foreign
 * Origin (a web page), a write that is not JSON (a web form). In this order, on every route.
 */
export function checkDoor(request: IncomingMessage, hosts: readonly string[]): void {
  checkHost(request, hosts);
  checkOrigin(request);
  checkMediaType(request);
}

/** True for methods that change nothing. */
export function isRead(method: string | undefined): boolean {
  return readMethods.has(method ?? "GET");
}

function checkHost(request: IncomingMessage, hosts: readonly string[]): void {
  const sent = request.headersDistinct["host"] ?? [];
  const host = sent[0] ?? "";
  const local = request.socket.localAddress;
  const known = [...loopbackNames, ...hosts, ...(local === undefined ? [] : [local.replace(/^::ffff:/, "")])];
  const name = toHostName(host);
  const isKnown = sent.length === 1 && name !== null && known.includes(name);
  if (isKnown && isTargetOf(request.url ?? "/", known)) return;
  throw new ProfclawError("host-refused", `The Host header ${JSON.stringify(host)} is not served here.`, {
    hint: `Use the address the daemon listens on: ${[...new Set(known)].join(", ")}.`,
  });
}

/** A request line may name a host of its own (`GET http://…`); it wins over the header, so it counts too. */
function isTargetOf(target: string, known: readonly string[]): boolean {
  const authority = /^https?:\/\/(?<authority>[^/?#]*)/i.exec(target)?.groups?.["authority"];
  if (authority === undefined) return true;
  const name = toHostName(authority);
  return name !== null && known.includes(name);
}

function toHostName(host: string): string | null {
  const name = hostPattern.exec(host)?.groups?.["name"];
  return name === undefined ? null : name.toLowerCase().replace(/^\[|\]$/g, "");
}

function checkOrigin(request: IncomingMessage): void {
  const { origin, host } = request.headers;
  // Browsers add it to requests that carry no Origin, such as an image's.
  const site = request.headers["sec-fetch-site"] ?? "none";
  const isOwn = origin === undefined || origin.toLowerCase() === `http://${(host ?? "").toLowerCase()}`;
  if (isOwn && (site === "none" || site === "same-origin")) return;
  throw new ProfclawError(
    "origin-refused",
    `Requests from the web page ${JSON.stringify(origin ?? `(${site})`)} are refused.`,
    { hint: "Call the API from a program, or open its address in the browser directly." },
  );
}

function checkMediaType(request: IncomingMessage): void {
  if (isRead(request.method)) return;
  const type = request.headers["content-type"];
  // Browsers ask before they send a DELETE, so one without a body needs no content type.
  if (request.method === "DELETE" && type === undefined && !hasBody(request)) return;
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (type !== undefined && isJson(type) && encoding === "identity") return;
  const found = type === undefined ? "no content type" : JSON.stringify(type);
  const coded = encoding === "identity" ? "" : `, encoded as ${JSON.stringify(encoding)}`;
  throw new ProfclawError("unsupported-media-type", `A write must be JSON; this one has ${found}${coded}.`, {
    hint: "Add the header: Content-Type: application/json",
  });
}

function isJson(contentType: string): boolean {
  const [type = "", ...parameters] = contentType
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith("charset=")) ?? "charset=utf-8";
  return type === "application/json" && /^charset="?utf-?8"?$/.test(charset);
}

function hasBody(request: IncomingMessage): boolean {
  const length = request.headers["content-length"] ?? "0";
  return request.headers["transfer-encoding"] !== undefined || length !== "0";
}
