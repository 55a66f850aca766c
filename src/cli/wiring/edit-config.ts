import { isDeepStrictEqual } from "node:util";
import { type ParseError, applyEdits, modify, parse as parseJsonc, printParseErrorCode } from "jsonc-parser";
import { TomlError, parse as parseToml, stringify } from "smol-toml";
import { ProfclawError } from "../../core/errors.ts";
import type { KnownClient } from "./known-clients.ts";

/** Ours in every client's file. */
const entryName = "profclaw";

type Table = Record<string, unknown>;

/**
 * The file's text with our entry, or without it; the same text where nothing is to do. What else it says stays, comments too; in JSON
 * the entry next to ours may be set on lines of its own. Throws config-invalid with line and column for a file that is not understood: it is not touched.
 */
export function editConfig(text: string, client: KnownClient, action: "install" | "uninstall"): string {
  const parsed = client.format === "json" ? readJson(text, client) : readToml(text, client);
  const servers = parsed[client.key] ?? {};
  if (!isTable(servers)) throw refuse(client, `its ${client.key} is not a table`);
  const found = servers[entryName];
  if (action === "uninstall") return found === undefined ? text : write(text, client, null);
  if (found === undefined) return write(text, client, client.entry);
  if (isTable(found) && isOurs(found, client.entry)) return text;
  throw new ProfclawError("config-invalid", `${client.file} has another entry ${entryName} already.`, {
    hint: `Look at it, then: profclaw mcp uninstall ${client.name}`,
  });
}

/** What a person added to the entry stays theirs. */
function isOurs(found: Table, entry: Table): boolean {
  return ["command", "args"].every((key) => isDeepStrictEqual(found[key], entry[key]));
}

function write(text: string, client: KnownClient, entry: Table | null): string {
  if (client.format === "toml") return writeToml(text, client, entry);
  const base = text.trim() === "" ? "{}\n" : text;
  const tabSize = /^( +)"/m.exec(base)?.[1]?.length ?? 2;
  const formattingOptions = {
    insertSpaces: !/^\t+"/m.test(base),
    tabSize,
    eol: base.includes("\r\n") ? "\r\n" : "\n",
  };
  const edits = modify(base, [client.key, entryName], entry ?? undefined, { formattingOptions });
  return applyEdits(base, edits);
}

function readJson(text: string, client: KnownClient): Table {
  if (text.trim() === "") return {};
  const errors: ParseError[] = [];
  const value: unknown = parseJsonc(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined) {
    const before = text.slice(0, first.offset).split("\n");
    const place = `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
    throw refuse(client, `it is not JSON at ${place} (${printParseErrorCode(first.error)})`);
  }
  if (!isTable(value)) throw refuse(client, "it is not a JSON object");
  return value;
}

function readToml(text: string, client: KnownClient): Table {
  try {
    return parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [why = ""] = error.message.split("\n");
    throw refuse(client, `it is not TOML at ${error.line}:${error.column} (${why})`);
  }
}

/** By whole tables, and only if what results says just what it should. */
function writeToml(text: string, client: KnownClient, entry: Table | null): string {
  const servers = { ...(readToml(text, client)[client.key] as Table | undefined) };
  if (entry === null) delete servers[entryName];
  else servers[entryName] = entry;
  const gap = text === "" ? "" : text.endsWith("\n") ? "\n" : "\n\n";
  const edited =
    entry === null
      ? removeTables(text, client.key)
      : `${text}${gap}${stringify({ [client.key]: { [entryName]: entry } }).trimEnd()}\n`;
  const meant = { ...readToml(text, client), [client.key]: servers };
  if (isSame(readToml(edited, client), meant, client.key)) return edited;
  throw refuse(client, `its ${entryName} is written in a way that is not safe to change`);
}

function isSame(one: Table, other: Table, key: string): boolean {
  const withTable = (table: Table): Table => ({ ...table, [key]: { ...(table[key] as Table | undefined) } });
  return isDeepStrictEqual(
    JSON.parse(JSON.stringify(withTable(one))),
    JSON.parse(JSON.stringify(withTable(other))),
  );
}

/** Our table and those below it, with the empty line above them. */
function removeTables(text: string, key: string): string {
  const isHeader = /^\s*\[/;
  const isOurHeader = new RegExp(String.raw`^\s*\[\s*${key}\s*\.\s*(["']?)${entryName}\1\s*(\.[^\]]*)?\]`);
  const kept: string[] = [];
  let isInside = false;
  for (const line of text.split("\n")) {
    if (isHeader.test(line)) {
      const wasInside = isInside;
      isInside = isOurHeader.test(line);
      if (isInside && !wasInside && kept.at(-1)?.trim() === "") kept.pop();
    }
    if (!isInside) kept.push(line);
  }
  const rest = kept.join("\n");
  return rest === "" || rest.endsWith("\n") ? rest : `${rest}\n`;
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuse({ file }: KnownClient, why: string): ProfclawError {
  return new ProfclawError("config-invalid", `${file}: ${why}. It is not changed.`, {
    hint: "Put it right by hand, then type this again.",
  });
}
