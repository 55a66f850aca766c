import { LineCounter, type Node, type ParsedNode, isMap, isScalar, isSeq, parseDocument } from "yaml";
import { findNearest } from "../core/nearest.ts";
import { type PlacedText, toConfigFault } from "./config-fault.ts";

/** The `policy:` part of one settings file, not yet understood. */
export interface PolicyFile {
  file: string;
  deny: PlacedText[];
  ask: PlacedText[];
  allow: PlacedText[];
  hosts: PlacedText[];
}

const lists = ["deny", "ask", "allow", "hosts"] as const;
const maxAliases = 100;
const maxEntries = 1_000;

interface Reading {
  file: string;
  lines: LineCounter;
}

/** Reads the `policy:` part of YAML text. Throws config-invalid with file, line and column. */
export function parsePolicyFile(text: string, file: string): PolicyFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const reading = { file, lines };
  const [error] = document.errors;
  if (error !== undefined) refuseAt(reading, error.pos[0], `this is no YAML: ${error.message}`);
  refuseManyAliases(text, reading);
  const { contents } = document;
  const empty: PolicyFile = { file, deny: [], ask: [], allow: [], hosts: [] };
  if (contents === null || isEmpty(contents)) return empty;
  if (!isMap(contents)) return refuseAt(reading, toStart(contents), "settings are names with values");
  const policy = contents.get("policy", true) as ParsedNode | undefined;
  return policy === undefined || isEmpty(policy) ? empty : readPolicy(policy, reading);
}

function readPolicy(policy: ParsedNode, reading: Reading): PolicyFile {
  if (!isMap(policy))
    return refuseAt(reading, toStart(policy), `policy has the lists ${lists.join(", ")} below it`);
  const found: PolicyFile = { file: reading.file, deny: [], ask: [], allow: [], hosts: [] };
  for (const { key, value } of policy.items) {
    const name = isScalar(key) ? String(key.value) : "";
    // Which level a session has that names none: the reader of the whole file takes it.
    if (name === "mode") continue;
    const list = lists.find((known) => known === name);
    if (list === undefined) refuseAt(reading, toStart(key), toUnknown(name));
    found[list] = readList(value, { reading, name });
  }
  return found;
}

function readList(
  value: ParsedNode | null,
  { reading, name }: { reading: Reading; name: string },
): PlacedText[] {
  if (value === null || isEmpty(value)) return [];
  if (!isSeq(value))
    return refuseAt(reading, toStart(value), `policy.${name} is a list; begin each line with -`);
  if (value.items.length > maxEntries)
    return refuseAt(reading, toStart(value), `policy.${name} has more than ${maxEntries} entries`);
  return value.items.map((item) => readText(item, { reading, name }));
}

function readText(item: ParsedNode, { reading, name }: { reading: Reading; name: string }): PlacedText {
  const at = toStart(item);
  if (!isScalar(item) || typeof item.value !== "string") {
    return refuseAt(reading, at, `an entry of policy.${name} is one text; put it in quotes`);
  }
  const { line, col } = reading.lines.linePos(at);
  const quoted = item.type === "QUOTE_SINGLE" || item.type === "QUOTE_DOUBLE";
  return { text: item.value, file: reading.file, line, column: quoted ? col + 1 : col };
}

function toUnknown(name: string): string {
  const [nearest] = findNearest(name, lists);
  const guess = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  return `policy has no ${JSON.stringify(name)}.${guess} It has ${lists.join(", ")}`;
}

/** Aliases may blow a small file up. */
function refuseManyAliases(text: string, reading: Reading): void {
  const aliases = text.match(/(?:^|[\s[,])\*[^\s,\]]+/gm)?.length ?? 0;
  if (aliases > maxAliases) refuseAt(reading, 0, `more than ${maxAliases} aliases`);
}

function isEmpty(node: Node): boolean {
  return isScalar(node) && node.value === null;
}

function toStart(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}

function refuseAt({ file, lines }: Reading, at: number, detail: string): never {
  const { line, col } = lines.linePos(at);
  throw toConfigFault({ file, line, column: Math.max(1, col) }, detail);
}
