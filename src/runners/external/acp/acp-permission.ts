import type { JsonRecord } from "../json-record.ts";
import { toErrorLine, toResultLine, type RpcId } from "../json-rpc.ts";
import { toText } from "./acp-content.ts";
import { toRecords } from "../json-record.ts";

/** The answer to a request for leave: once and never "always", since a yes is for exactly this call. */
export function toPermissionLine(id: RpcId, params: JsonRecord, isAllowed: boolean): string {
  const wanted = isAllowed ? "allow_once" : "reject_once";
  const option = toRecords(params["options"]).find(({ kind }) => kind === wanted);
  const optionId = toText(option?.["optionId"]);
  const outcome = optionId === "" ? { outcome: "cancelled" } : { outcome: "selected", optionId };
  return toResultLine(id, { outcome });
}

/** What else an agent may ask its client for, we do not offer. */
export function toRefusalLine(id: RpcId, method: string): string {
  return toErrorLine(id, { code: -32_601, message: `profclaw does not offer ${method}.` });
}

const idBefore = /"id":("(?:[^"\\]|\\.){0,200}"|-?\d{1,15}),"method":"session\/request_permission"/;
const idBehind = /"method":"session\/request_permission","id":("(?:[^"\\]|\\.){0,200}"|-?\d{1,15})/;

/** The answer to a request that is too long to be read: no. Null: it is none. */
export function toBlindRefusal(cutLine: string): string | null {
  const start = cutLine.slice(0, 1_000);
  const id = (idBefore.exec(start) ?? idBehind.exec(start))?.[1];
  return id === undefined ? null : toPermissionLine(JSON.parse(id) as RpcId, {}, false);
}
