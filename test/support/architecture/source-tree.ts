import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { toTokens, type Token } from "./tokens.ts";

/** A file of the tree: its path from the root with forward slashes. `tokens` has no comments. */
export interface SourceFile {
  path: string;
  lineCount: number;
  tokens: Token[];
  comments: Token[];
}

/** A rule that is broken, and where. */
export interface Violation {
  rule: string;
  path: string;
  line: number;
  detail: string;
}

export type Rule = (files: readonly SourceFile[]) => Violation[];

/** Reads every source file in the given folders below root. A folder that is not there has none. */
export function readSourceTree(root: string, folders: readonly string[]): SourceFile[] {
  const patterns = folders.map((folder) => `${folder}/**/*.{ts,tsx,cts,mts,js,cjs,mjs}`);
  return globSync(patterns, { cwd: root })
    .map((path) => path.replaceAll("\\", posix.sep))
    .filter((path) => !path.includes("node_modules/"))
    .toSorted()
    .map((path) => toSourceFile(path, readFileSync(join(root, path), "utf8")));
}

export function toSourceFile(path: string, source: string): SourceFile {
  const all = toTokens(source);
  return {
    path,
    lineCount: source.replace(/\n$/, "").split("\n").length,
    tokens: all.filter((token) => token.kind !== "comment"),
    comments: all.filter((token) => token.kind === "comment"),
  };
}

export function isTestFile(path: string): boolean {
  return path.startsWith("test/") || path.startsWith("bench/");
}

export function violation(rule: string, at: { path: string; line: number }, detail: string): Violation {
  return { rule, path: at.path, line: at.line, detail };
}
