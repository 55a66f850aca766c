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

interface Weakness {
  severity: "high" | "medium";
  title: string;
  /** For ripgrep. */
  pattern: string;
  fix: string;
}

interface Finding extends SourceLine {
  weakness: Weakness;
}

const mostFilesRead = 6;
const moduleGlob = "{**/auth/**,**/*auth*,**/*login*,**/*password*,**/*session*,**/*token*}";

const weaknesses: readonly Weakness[] = [
  {
    severity: "high",
    title: "a fast, broken hash",
    pattern: String.raw`createHash\(["'](md5|sha1)["']\)|hashlib\.(md5|sha1)\(`,
    fix: "hash passwords with scrypt or argon2 and a salt of their own",
  },
  {
    severity: "high",
    title: "a secret written into the code",
    pattern: String.raw`(?i)\w*(secret|key|password)\w*\s*[:=].*(\|\||\?\?)\s*["'][^"']{4,}["']`,
    fix: "refuse to start without it instead of falling back to a known value",
  },
  {
    severity: "high",
    title: "a predictable random value",
    pattern: String.raw`Math\.random\(\)|random\.random\(\)`,
    fix: "use crypto.randomUUID() or randomBytes()",
  },
  {
    severity: "high",
    title: "a credential in the log",
    pattern: String.raw`(?i)(console|logger?)\.\w+\(.*(password|secret|token)`,
    fix: "leave credentials out of what is logged",
  },
  {
    severity: "medium",
    title: "a secret compared in a time that tells how much of it fits",
    pattern: String.raw`(?i)[!=]==?\s*\w*(hash|signature|digest|hmac)`,
    fix: "compare with crypto.timingSafeEqual()",
  },
];

/** "Review the authentication module for security issues" */
export const securityReview: Plan = {
  steps: [
    {
      text: "First I look for the files of the authentication module.",
      toCalls: () => [{ tool: "glob", input: { pattern: moduleGlob } }],
    },
    {
      text: "Now I search them for the usual weaknesses: hashes, secrets, randomness, comparisons, logs.",
      toCalls: (replies) => (toModule(replies).length === 0 ? [] : toSearches(toModule(replies))),
    },
    {
      text: "There are candidates. I read those files before I judge.",
      toCalls: (replies) => {
        const paths = [...new Set(toCandidates(replies).map(({ path }) => path))];
        return paths.slice(0, mostFilesRead).map((path) => ({ tool: "read_file", input: { path } }));
      },
    },
  ],
  toReport,
};

function toModule(replies: readonly ToolReply[]): string[] {
  return readPaths(replies, moduleGlob).filter(isOwnCode);
}

function toSearches(module: readonly string[]) {
  const path = toSharedFolder(module);
  return weaknesses.map(({ pattern }) => ({ tool: "grep", input: { pattern, path } }));
}

/** The deepest folder that holds all of the files. */
function toSharedFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => path.split("/").slice(0, -1));
  const shared = first.filter((_, index) =>
    others.every((other) => first.slice(0, index + 1).every((part, at) => other[at] === part)),
  );
  return shared.length === 0 ? "." : shared.join("/");
}

function toCandidates(replies: readonly ToolReply[]): Finding[] {
  const module = new Set(toModule(replies));
  return weaknesses.flatMap((weakness) =>
    readMatches(replies, weakness.pattern)
      .filter(({ path }) => module.has(path))
      .map((match) => ({ ...match, weakness })),
  );
}

/** Only what the file itself, once read, really says at that line. */
function toFindings(replies: readonly ToolReply[]): Finding[] {
  const read = new Set(readSourceLines(replies).map(({ path, line, text }) => `${path}:${line}:${text}`));
  return toCandidates(replies).filter(({ path, line, text }) => read.has(`${path}:${line}:${text}`));
}

function toReport(replies: readonly ToolReply[]): string {
  const module = toModule(replies);
  if (module.length === 0) {
    return "There is no authentication module here: no source file has auth, login, password, session or token in its path.";
  }
  const findings = toFindings(replies);
  const unread = toCandidates(replies).length - findings.length;
  const high = findings.filter(({ weakness }) => weakness.severity === "high").length;
  const lines = [
    `Authentication module, by the names of its files: ${module.length} files, ${findings.length} findings, ${high} of them high.`,
    ...findings.flatMap((finding, index) => toFindingLines(finding, index + 1)),
    ...(unread > 0 ? [`${unread} more matches are in files that were not read.`] : []),
    ...readFailures(replies).map((failure) => `Not done: ${failure}`),
  ];
  return lines.join("\n");
}

function toFindingLines({ path, line, text, weakness }: Finding, number: number): string[] {
  const { severity, title, fix } = weakness;
  return [`${number}. [${severity}] ${path}:${line} has ${title}`, `     ${text}`, `   Fix: ${fix}.`];
}
