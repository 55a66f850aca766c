import { listFunctions } from "./functions.ts";
import { isNodeBuiltin, listImports } from "./imports.ts";
import { isTestFile, violation, type Rule, type SourceFile, type Violation } from "./source-tree.ts";

const maxFileLines = 250;
const maxTestFileLines = 400;
const maxFunctionLines = 50;
const maxParameters = 3;

const bannedName = /(^|[-./])(managers?|services?|helpers?|utils?|misc|types)(?=[-./]|$)/;
const kebabName = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*$/;
const leftOverWords = /\b(TODO|FIXME|XXX|HACK)\b/;

export const checkFileSizes: Rule = (files) =>
  files.flatMap((file) => {
    const most = isTestFile(file.path) ? maxTestFileLines : maxFileLines;
    if (file.lineCount <= most) return [];
    return [violation("file-size", { path: file.path, line: 1 }, `${file.lineCount} lines, at most ${most}`)];
  });

/** In the product only: a test's `describe` is a function too, and may be long. */
export const checkFunctions: Rule = (files) =>
  files
    .filter((file) => !isTestFile(file.path))
    .flatMap((file) =>
      listFunctions(file).flatMap((span) => {
        const at = { path: file.path, line: span.line };
        const faults: Violation[] = [];
        if (span.lineCount > maxFunctionLines) {
          faults.push(violation("function-size", at, `${span.name}: ${span.lineCount} lines`));
        }
        if (span.parameterCount > maxParameters) {
          faults.push(violation("parameters", at, `${span.name}: ${span.parameterCount} parameters`));
        }
        return faults;
      }),
    );

export const checkNames: Rule = (files) =>
  files.flatMap((file) => {
    const at = { path: file.path, line: 1 };
    const banned = bannedName.exec(file.path)?.[2];
    if (banned !== undefined) return [violation("banned-name", at, `"${banned}" names nothing`)];
    const odd = file.path.split("/").find((part) => !kebabName.test(part));
    return odd === undefined ? [] : [violation("kebab-case", at, `${odd} is not kebab-case`)];
  });

/** process.env is read in config/ and bin/ only, under whatever spelling. */
export const checkEnvironment: Rule = (files) =>
  files
    .filter((file) => file.path.startsWith("src/") && !file.path.startsWith("src/config/"))
    .flatMap((file) =>
      file.tokens
        .filter((_, index) => readsEnvironment(file, index))
        .map(({ line }) => violation("process-env", { path: file.path, line }, "process.env is for config/")),
    );

function readsEnvironment(file: SourceFile, index: number): boolean {
  const phrase = toPhrase(file, index, 4);
  if (/^process (\.|\?\.) env\b|^process (\?\. )?\[ ["'`]env/.test(phrase)) return true;
  // const { env } = process; import { env } from "node:process"
  if (!/^\} (= process( [^.]|$)|from "(node:)?process")/.test(phrase)) return false;
  const open = file.tokens.slice(0, index).findLastIndex(({ text }) => text === "{");
  return file.tokens.slice(open, index).some(({ text }) => text === "env");
}

export const checkDefaultExports: Rule = (files) =>
  files
    .filter((file) => !file.path.startsWith("bin/"))
    .flatMap((file) =>
      toPhrases(file, 2)
        .filter(({ phrase }) => phrase === "export default" || phrase === "as default")
        .map(({ line }) => violation("default-export", { path: file.path, line }, "name the export")),
    );

/** A barrel re-exports what others declare: an index file, `export *`, or nothing but `export … from`. */
export const checkBarrels: Rule = (files) =>
  files
    .filter((file) => file.path !== "src/index.ts" && isBarrel(file))
    .map((file) => violation("barrel", { path: file.path, line: 1 }, "import from where it is declared"));

function isBarrel(file: SourceFile): boolean {
  if (/(^|\/)index\.[cm]?[jt]sx?$/.test(file.path)) return true;
  const phrases = toPhrases(file, 2);
  if (phrases.some(({ phrase }) => phrase === "export *")) return true;
  const exportCount = phrases.filter(({ phrase }) => phrase.startsWith("export ")).length;
  const reExportCount = listImports(file).filter((edge) => !isNodeBuiltin(edge.specifier)).length;
  const declares = file.tokens.some(({ text }) =>
    /^(const|let|function|class|interface|enum|import|=)$/.test(text),
  );
  return exportCount > 0 && reExportCount === exportCount && !declares;
}

/** `any` where a type stands; a property or a string of that name is none. */
export const checkAny: Rule = (files) =>
  files.flatMap((file) =>
    file.tokens.flatMap((token, index) => {
      if (token.kind !== "word" || token.text !== "any") return [];
      const [before, after] = [file.tokens[index - 1]?.text ?? "", file.tokens[index + 1]?.text ?? ""];
      const isType =
        /^([:<|&]|=>|as|extends|satisfies|is|readonly)$/.test(before) ||
        (before === "," && after === ">") ||
        (before === "=" && after === ";" && isTypeAlias(file, index)) ||
        (after === "[" && file.tokens[index + 2]?.text === "]");
      return isType
        ? [violation("any", { path: file.path, line: token.line }, "use unknown, or say the type")]
        : [];
    }),
  );

function isTypeAlias(file: SourceFile, index: number): boolean {
  return file.tokens[index - 3]?.text === "type";
}

export const checkLeftOvers: Rule = (files) =>
  files.flatMap((file) =>
    file.comments
      .filter((comment) => leftOverWords.test(comment.text))
      .map((comment) => violation("left-over", { path: file.path, line: comment.line }, "do it, or drop it")),
  );

/** The tokens from each place on, joined by spaces. */
function toPhrases(file: SourceFile, length: number): { phrase: string; line: number }[] {
  return file.tokens.map(({ line }, index) => ({ phrase: toPhrase(file, index, length), line }));
}

function toPhrase(file: SourceFile, start: number, length: number): string {
  const tokens = file.tokens.slice(start, start + length);
  return tokens.map(({ text }) => text).join(" ");
}
