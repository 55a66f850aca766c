import { type JsonRecord, parseRecord, toRecord } from "./json-record.ts";

/** What names a request: ours are texts, made from what they are for. */
export type RpcId = string | number;

/** One message of a program that speaks JSON-RPC in lines. */
export type RpcMessage =
  | { kind: "request"; id: RpcId; method: string; params: JsonRecord }
  | { kind: "notification"; method: string; params: JsonRecord }
  | { kind: "result"; id: RpcId; result: JsonRecord }
  | { kind: "error"; id: RpcId; error: RpcError };

export interface RpcError {
  code: number;
  message: string;
  data: unknown;
}

/** A line as a message, also behind other output on the same line; null: it is none. */
export function readRpc(line: string): RpcMessage | null {
  const at = line.indexOf('{"jsonrpc"');
  const record = parseRecord(at > 0 ? line.slice(at) : line);
  return record === null ? null : toMessage(record);
}

function toMessage(record: JsonRecord): RpcMessage | null {
  const { id, method } = record;
  const isNamed = typeof id === "string" || typeof id === "number";
  if (typeof method === "string") {
    const params = toRecord(record["params"]) ?? {};
    return isNamed ? { kind: "request", id, method, params } : { kind: "notification", method, params };
  }
  if (!isNamed) return null;
  const error = toRecord(record["error"]);
  if (error !== null) return { kind: "error", id, error: toError(error) };
  return "result" in record ? { kind: "result", id, result: toRecord(record["result"]) ?? {} } : null;
}

function toError({ code, message, data }: JsonRecord): RpcError {
  return {
    code: typeof code === "number" ? code : 0,
    message: typeof message === "string" ? message : "",
    data,
  };
}

export function toRequestLine(id: RpcId, method: string, params: object): string {
  return toLine({ id, method, params });
}

export function toNotificationLine(method: string, params: object): string {
  return toLine({ method, params });
}

export function toResultLine(id: RpcId, result: object): string {
  return toLine({ id, result });
}

export function toErrorLine(id: RpcId, error: { code: number; message: string }): string {
  return toLine({ id, error });
}

function toLine(message: object): string {
  return `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`;
}
