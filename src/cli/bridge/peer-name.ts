import { createHash } from "node:crypto";
import { basename } from "node:path";
import { isRecord, type Message } from "./message.ts";

const clientInfoKey = "io.modelcontextprotocol/clientInfo";

/** The name that a client gives itself: of `initialize`, or of any message of 2026; undefined for others. */
export function findClientName({ method, params }: Message): string | undefined {
  const meta = params?.["_meta"];
  const info = method === "initialize" ? params?.["clientInfo"] : isRecord(meta) ? meta[clientInfoKey] : null;
  const name = isRecord(info) ? info["name"] : undefined;
  return typeof name === "string" ? name : undefined;
}

/** A client in a folder is one peer: it finds its mail again when it comes back. "claude-code@shop-3f9a1c". */
export function toPeerName(clientName: string, cwd: string): string {
  const place = createHash("sha256").update(cwd).digest("hex").slice(0, 6);
  return `${toWord(clientName, "client")}@${toWord(basename(cwd), "root")}-${place}`;
}

/** What may stand in a header, and is no id. */
function toWord(text: string, otherwise: string): string {
  const word = text
    .replaceAll(/[^\w.-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 40);
  return word === "" ? otherwise : word;
}
