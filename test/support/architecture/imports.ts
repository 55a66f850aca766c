import { builtinModules } from "node:module";
import { posix } from "node:path";
import type { SourceFile } from "./source-tree.ts";
import type { Token } from "./tokens.ts";

/** One import of a file: static, type-only, `export … from`, dynamic or require. */
export interface ImportEdge {
  specifier: string;
  line: number;
}

/** Every module specifier that a file names, in order. */
export function listImports(file: SourceFile): ImportEdge[] {
  return file.tokens.flatMap((token, index) => {
    const specifier = findSpecifier(file.tokens, index);
    if (specifier === undefined || token.kind !== "word") return [];
    return [{ specifier: unquote(specifier.text), line: token.line }];
  });
}

// `from "x"`, `import "x"`, `import("x")`, `require("x")`; a property of these names is none.
function findSpecifier(tokens: readonly Token[], index: number): Token | undefined {
  const [before, word, next, afterNext] = [index - 1, index, index + 1, index + 2].map((at) => tokens[at]);
  if (before?.text === "." || before?.text === "?.") return undefined;
  const isCall = (word?.text === "import" || word?.text === "require") && next?.text === "(";
  if (isCall) return isText(afterNext) ? afterNext : undefined;
  const isStatement = word?.text === "from" || word?.text === "import";
  return isStatement && next?.kind === "string" ? next : undefined;
}

function isText(token: Token | undefined): boolean {
  return token?.kind === "string" || token?.kind === "template";
}

function unquote(text: string): string {
  return text.replace(/^["'`]|["']$/g, "");
}

export function isRelative(specifier: string): boolean {
  return specifier.startsWith("./") || specifier.startsWith("../");
}

export function isNodeBuiltin(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

/** The path from the root that a relative import of `file` names. */
export function resolveImport(file: SourceFile, specifier: string): string {
  return posix.join(posix.dirname(file.path), specifier);
}
