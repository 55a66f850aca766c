import type { ToolReply } from "../conversation.ts";
import type { Plan } from "../plan.ts";
import {
  isOwnCode,
  readFailures,
  readMatches,
  readPaths,
  readSourceLines,
  type SourceLine,
} from "../read-replies.ts";

interface Use extends SourceLine {
  name: string;
}

const mostFilesRead = 6;
const documentGlob = "{**/.env*,**/*.env}";
const usePattern = String.raw`process\.env\b|import\.meta\.env\b|os\.environ|os\.getenv`;
const variable =
  /(?:process\.env|import\.meta\.env)(?:\.|\[["'])([A-Z][A-Z0-9_]*)|os\.(?:environ(?:\.get)?|getenv)[[(]["'](\w+)/g;
const secretName = /SECRET|KEY|TOKEN|PASSWORD/;
const hasFallback = /(?:\|\||\?\?)\s*["'`][^"'`]+["'`]/;
/** What every system sets, and no project documents. */
const ofTheSystem = /^(?:PATH|HOME|USER|SHELL|TERM|LANG|PWD|TMPDIR|CI|NODE_ENV|NO_COLOR|XDG_\w+)$/;
/** Never a plain .env: what it holds is nobody's business here. */
const exampleFile = /(?:^|\/)\.?env\.(?:example|sample|template|dist)$/;

/** "Audit environment variable usage" */
export const environmentAudit: Plan = {
  steps: [
    {
      text: "I search the code for environment variables, and look where they are documented.",
      toCalls: () => [
        { tool: "grep", input: { pattern: usePattern } },
        { tool: "glob", input: { pattern: documentGlob } },
      ],
    },
    {
      text: "I read what is documented.",
      toCalls: (replies) => toExamples(replies).map((path) => ({ tool: "read_file", input: { path } })),
    },
    {
      text: "And the places where secrets are read.",
      toCalls: (replies) => {
        const paths = [
          ...new Set(
            toUses(replies)
              .filter(({ name }) => secretName.test(name))
              .map(({ path }) => path),
          ),
        ];
        return paths.slice(0, mostFilesRead).map((path) => ({ tool: "read_file", input: { path } }));
      },
    },
  ],
  toReport,
};

function toExamples(replies: readonly ToolReply[]): string[] {
  return readPaths(replies, documentGlob)
    .filter((path) => exampleFile.test(path))
    .slice(0, mostFilesRead);
}

function toUses(replies: readonly ToolReply[]): Use[] {
  return readMatches(replies, usePattern)
    .filter(({ path }) => isOwnCode(path))
    .flatMap((match) =>
      [...match.text.matchAll(variable)].map(([, javascript, python]) => ({
        ...match,
        name: javascript ?? python ?? "",
      })),
    );
}

function toDocumented(replies: readonly ToolReply[]): Set<string> {
  const names = readSourceLines(replies)
    .filter(({ path }) => exampleFile.test(path))
    .flatMap(({ text }) => /^(?:export )?([A-Z][A-Z0-9_]*)=/.exec(text)?.[1] ?? []);
  return new Set(names);
}

interface Audit {
  uses: Use[];
  names: string[];
  undocumented: Set<string>;
  unused: string[];
  /** Secrets that the code itself gives a value. */
  fallbacks: Use[];
}

function toAudit(replies: readonly ToolReply[]): Audit {
  const uses = toUses(replies);
  const documented = toDocumented(replies);
  const names = [...new Set(uses.map(({ name }) => name))].toSorted();
  return {
    uses,
    names,
    undocumented: new Set(names.filter((name) => !documented.has(name) && !ofTheSystem.test(name))),
    unused: [...documented].filter((name) => !names.includes(name)).toSorted(),
    fallbacks: toFallbacks(replies, uses),
  };
}

/** Judged by the line itself, which the file, once read, confirms. */
function toFallbacks(replies: readonly ToolReply[], uses: readonly Use[]): Use[] {
  const read = new Set(readSourceLines(replies).map(({ path, line, text }) => `${path}:${line}:${text}`));
  return uses.filter(
    ({ name, path, line, text }) =>
      secretName.test(name) && hasFallback.test(text) && read.has(`${path}:${line}:${text}`),
  );
}

function toReport(replies: readonly ToolReply[]): string {
  const { uses, names, undocumented, unused, fallbacks } = toAudit(replies);
  const failures = readFailures(replies).map((failure) => `Not done: ${failure}`);
  if (names.length === 0)
    return ["No environment variable is read by the code here.", ...failures].join("\n");
  const files = new Set(uses.map(({ path }) => path)).size;
  const count = undocumented.size + unused.length + fallbacks.length;
  const width = Math.max(...names.map(({ length }) => length));
  return [
    `${names.length} environment variables in ${files} files: ${count} findings.`,
    ...names.map((name) => {
      const places = `  ${name.padEnd(width)}  ${toPlaces(uses, name)}`;
      return undocumented.has(name) ? `${places}  NOT DOCUMENTED` : places;
    }),
    ...fallbacks.map(
      ({ name, path, line }) => `${path}:${line}: the secret ${name} has a default that everyone can read.`,
    ),
    ...unused.map((name) => `${name} is documented and never read.`),
    ...(toExamples(replies).length === 0 ? ["There is no .env.example that documents them."] : []),
    ...failures,
  ].join("\n");
}

function toPlaces(uses: readonly Use[], name: string): string {
  return uses
    .filter((use) => use.name === name)
    .map(({ path, line }) => `${path}:${line}`)
    .join(", ");
}
