import type { PolicyCheckView, PolicyView } from "../contract/policy-operations.ts";
import { toVisibleText } from "./plain-text.ts";
import { type Column, renderTable } from "./table.ts";

type Part = PolicyCheckView["parts"][number];
type LevelRow = PolicyView["levels"][number];

/** The decision, then what each part rests on. */
export function renderCheck(check: PolicyCheckView): string[] {
  const head = `${check.decision}  in ${check.cwd} at level ${check.permission_mode}`;
  return [head, ...check.parts.map(toPartLine)].map(toVisibleText);
}

function toPartLine(part: Part): string {
  const why = part.reason === null || part.by === "rule" ? "" : `: ${part.reason}`;
  return `  ${part.decision.padEnd(5)}  ${part.what}\n         by ${toGround(part)}${why}`;
}

function toGround({ by, rule, level }: Part): string {
  if (rule !== null) return `the ${rule.effect} rule ${rule.rule} (${rule.source})`;
  if (level !== null) return `the level: ${level.column.replace("_", " ")} is ${level.grant}`;
  const grounds = {
    rule: "a rule",
    level: "the level",
    "shipped-list": "the list of commands that only read",
    hosts: "the list of hosts",
    protected: "what is closed at every level",
    standing: "an answer with --always",
    free: "nothing that bounds it here",
  };
  return grounds[by];
}

/** The table of levels, then the rules with their places. */
export function renderPolicy(policy: PolicyView, width: number): string[] {
  const columns: Column<LevelRow>[] = [
    { title: "", text: ({ name }) => (name === policy.permission_mode ? "→" : "") },
    {
      title: "LEVEL",
      text: ({ name, aliases }) => [name, ...aliases.map((alias) => `(${alias})`)].join(" "),
    },
    { title: "READS", text: ({ grants }) => grants.reads },
    { title: "WRITES", text: ({ grants }) => grants.writes },
    { title: "TEST_RUN", text: ({ grants }) => grants.test_run },
    { title: "BASH", text: ({ grants }) => grants.bash },
    { title: "NETWORK", text: ({ grants }) => grants.network },
    { title: "REST", text: ({ grants }) => grants.rest },
  ];
  const rules = policy.rules.map(
    ({ effect, rule, source, in_force }) => `${effect.padEnd(5)}  ${rule}  ${source}${toForce(in_force)}`,
  );
  const hosts = policy.hosts.map(({ host, file, in_force }) => `host   ${host}  ${file}${toForce(in_force)}`);
  const standing = policy.standing.map((rule) => `always ${rule}  profclaw approvals rules`);
  const all = [...rules, ...hosts, ...standing];
  const none =
    "No rules of your own. They go below policy: in config.yaml of the state folder; see docs/policy.md.";
  return [
    `in ${policy.cwd}`,
    ...policy.files.filter(({ trust }) => trust === "changed").map(toEndedTrust),
    ...renderTable(policy.levels, columns, width),
    "",
    ...(all.length === 0 ? [none] : all),
  ].map(toVisibleText);
}

function toEndedTrust({ file }: PolicyView["files"][number]): string {
  return `Trust has ended, the folder of ${file} changed. Look at it again: profclaw trust`;
}

function toForce(inForce: boolean): string {
  return inForce ? "" : "  (not in force: the folder is not trusted)";
}
