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

function toReport(replies: readonly ToolReply[]): string {
  const uses = toUses(replies);
  const documented = toDocumented(replies);
  const names = [...new Set(uses.map(({ name }) => name))].toSorted();
  const undocumented = names.filter((name) => !documented.has(name));
  const unused = [...documented].filter((name) => !names.includes(name)).toSorted();
  // Judged by the line itself, which the file, once read, confirms.
  const read = new Set(readSourceLines(replies).map(({ path, line, text }) => `${path}:${line}:${text}`));
  const fallbacks = uses.filter(
    ({ name, path, line, text }) =>
      secretName.test(name) &&
      /(?:\|\||\?\?)\s*["'`][^"'`]+["'`]/.test(text) &&
      read.has(`${path}:${line}:${text}`),
  );
  const count = undocumented.length + unused.length + fallbacks.length;
  if (names.length === 0)
    return ["No environment variable is read by the code here.", ...toFailures(replies)].join("\n");
  return [
    `${names.length} environment variables in ${new Set(uses.map(({ path }) => path)).size} files: ${count} findings.`,
    ...names.map(
      (name) =>
        `  ${name.padEnd(16)} ${toPlaces(uses, name)}${documented.has(name) ? "" : "  NOT DOCUMENTED"}`,
    ),
    ...fallbacks.map(
      ({ name, path, line }) => `${path}:${line}: the secret ${name} has a default that everyone can read.`,
    ),
    ...unused.map((name) => `${name} is documented and never read.`),
    ...(toExamples(replies).length === 0 ? ["There is no .env.example that documents them."] : []),
    ...toFailures(replies),
  ].join("\n");
}

function toPlaces(uses: readonly Use[], name: string): string {
  return uses
    .filter((use) => use.name === name)
    .map(({ path, line }) => `${path}:${line}`)
    .join(", ");
}

function toFailures(replies: readonly ToolReply[]): string[] {
  return readFailures(replies).map((failure) => `Not done: ${failure}`);
}
