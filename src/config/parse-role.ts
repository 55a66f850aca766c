import type { Document } from "yaml";
import { z } from "zod";
import { type Role, type RoleSource } from "../core/role.ts";
import { efforts } from "../core/session.ts";
import { findOffset } from "./file/find-offset.ts";
import { loadYaml } from "./load-yaml.ts";

/** A role's file as it was read. */
export interface RoleFile {
  path: string;
  /** What it is called that names no name: the file's, without `.md`. */
  name: string;
  source: RoleSource;
  text: string;
}

export type ParsedRole =
  | { kind: "role"; role: Role; warnings: string[] }
  /** `detail` begins with file, line and column. */
  | { kind: "fault"; detail: string };

const names = z.union([z.string(), z.array(z.string())]);
// What other programs keep in the same files (colour, hooks …) is none of our business.
const headShape = z.looseObject({
  name: z
    .string()
    .regex(/^[\w.-]{1,80}$/, "must be letters, digits, _, - and .")
    .optional(),
  description: z.string().optional(),
  provider: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  tools: names.optional(),
  effort: z.enum(efforts).optional(),
  permissionMode: z.string().optional(),
  permission_mode: z.string().optional(),
});

const longestStance = 32_768;

/**
 * A Markdown file with a YAML head, as coding agents keep them in `.claude/agents`
 * (https://code.claude.com/docs/en/sub-agents): the head names tools and model, the body is the stance.
 */
export function parseRole(file: RoleFile): ParsedRole {
  const [, head = "", body = file.text] =
    /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n([\s\S]*))?$/.exec(file.text) ?? [];
  const { LineCounter, parseDocument } = loadYaml();
  const lines = new LineCounter();
  const document = parseDocument(head, { lineCounter: lines, prettyErrors: false });
  const refuse = (offset: number, detail: string): ParsedRole => {
    const { line, col } = lines.linePos(offset);
    // The head begins on the second line.
    return { kind: "fault", detail: `${file.path}:${line + 1}:${Math.max(1, col)}: ${detail}` };
  };
  const [error] = document.errors;
  if (error !== undefined) return refuse(error.pos[0], error.message);
  const parsed = headShape.safeParse(toPlain(document));
  if (!parsed.success) {
    const { path = [], message = "" } = parsed.error.issues[0] ?? {};
    const offset = findOffset(document, path.map(toPart), "value");
    return refuse(offset ?? 0, `${path.join(".")} ${message}`.trim());
  }
  return toRole(file, parsed.data, body.trim());
}

function toPart(part: PropertyKey): string | number {
  return typeof part === "number" ? part : String(part);
}

/** Undefined for aliases that multiply: no head of a role needs any. */
function toPlain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 10 }) ?? {};
  } catch {
    return undefined;
  }
}

function toRole(file: RoleFile, head: z.infer<typeof headShape>, body: string): ParsedRole {
  const stance = body.slice(0, longestStance);
  const { tools, warnings } = toTools(head.tools, file.path);
  const choice = toModelChoice(head);
  const name = head.name ?? file.name;
  if (body.length > longestStance) warnings.push(`${file.path}: cut after ${longestStance} characters.`);
  return {
    kind: "role",
    warnings,
    role: {
      name,
      description: (head.description ?? "").split("\n", 1)[0]?.slice(0, 200) ?? "",
      source: file.source,
      path: file.path,
      stance,
      ...choice,
      tools,
      effort: head.effort ?? null,
      permissionMode: head.permissionMode ?? head.permission_mode ?? null,
    },
  };
}

/** What such files call a model, and what it is with us. */
const modelNames: Readonly<Record<string, string>> = {
  sonnet: "claude-sonnet-4-6",
  opus: "claude-opus-4-6",
  haiku: "claude-haiku-4-5",
};

function toModelChoice({ provider, model }: { provider?: string | undefined; model?: string | undefined }): {
  provider: string | null;
  model: string | null;
} {
  if (model === undefined || model === "inherit") return { provider: provider ?? null, model: null };
  const known = modelNames[model];
  if (known !== undefined) return { provider: provider ?? "anthropic", model: known };
  return { provider: provider ?? null, model };
}

/** What such files call a tool, and what it is with us. */
const toolNames: Readonly<Record<string, string>> = {
  Read: "read_file",
  Grep: "grep",
  Glob: "glob",
  LS: "list_dir",
  Bash: "bash",
  Edit: "edit_file",
  MultiEdit: "edit_file",
  Write: "write_file",
  WebFetch: "fetch_url",
  TodoWrite: "todo",
  Task: "sessions_spawn",
  Agent: "sessions_spawn",
};

function toTools(
  wanted: string | string[] | undefined,
  path: string,
): { tools: string[] | null; warnings: string[] } {
  if (wanted === undefined) return { tools: null, warnings: [] };
  const list = (typeof wanted === "string" ? wanted.split(",") : wanted)
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const foreign = list.filter((name) => toolNames[name] === undefined && !/^[a-z]+(?:_[a-z]+)*$/.test(name));
  const ours = list.filter((name) => !foreign.includes(name)).map((name) => toolNames[name] ?? name);
  const warnings =
    foreign.length === 0 ? [] : [`${path}: no tool here is called ${foreign.join(", ")}; left out.`];
  return { tools: [...new Set(ours)], warnings };
}
