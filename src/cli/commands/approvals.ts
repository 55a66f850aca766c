import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../../client/create-client.ts";
import type { ApprovalView, RuleListView } from "../../contract/approval-operations.ts";
import { ProfclawError } from "../../core/errors.ts";
import { renderApproval } from "../approval-text.ts";
import { defineCommand } from "../command.ts";
import { type CliContext, interruptedExitCode } from "../context.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText, toVisibleText } from "../plain-text.ts";

interface ApprovalsFlags {
  all?: boolean;
  session?: string;
  watch?: boolean;
  json?: boolean;
}

const redrawMs = 1_000;

export const approvals = defineCommand<ApprovalsFlags>({
  name: "approvals",
  summary: "What sessions ask leave for, oldest first. `rules`: what was answered with --always.",
  examples: [
    "profclaw approvals",
    "profclaw approvals --watch",
    "profclaw approvals rules",
    "profclaw approvals rules rm 5d41402abc4b",
  ],
  declare(parser) {
    parser
      .argument("[what...]", "rules, or rules rm <id>")
      .option("-a, --all", "also those that are answered or over")
      .option("--session <id>", "of this session only")
      .option("--watch", "show the list again when it changes");
  },
  async run({ args, options: flags }, context) {
    const act = toAct(args);
    const client = await linkDaemon(context);
    try {
      if (act.kind === "rules") return printRules(await readAllRules(client), flags, context);
      if (act.kind === "remove")
        return printRules(await client.deleteApprovalRule({ rule: act.rule }), flags, context);
      return flags.watch === true ? await watch(client, flags, context) : await print(client, flags, context);
    } finally {
      client.close();
    }
  },
});

type Act = { kind: "list" } | { kind: "rules" } | { kind: "remove"; rule: string };

function toAct(words: readonly string[]): Act {
  const [first, second, rule, ...more] = words;
  if (first === undefined) return { kind: "list" };
  if (first === "rules" && second === undefined) return { kind: "rules" };
  if (first === "rules" && second === "rm" && rule !== undefined && more.length === 0)
    return { kind: "remove", rule };
  throw new ProfclawError("invalid-request", `"${words.join(" ")}" says nothing here.`, {
    hint: "profclaw approvals, profclaw approvals rules, profclaw approvals rules rm <id>",
  });
}

/** Every page of the list. */
async function readAll(client: Client, flags: ApprovalsFlags): Promise<ApprovalView[]> {
  const query = {
    status: flags.all === true ? ("all" as const) : ("open" as const),
    limit: 1_000,
    ...(flags.session === undefined ? {} : { session: flags.session }),
  };
  const found: ApprovalView[] = [];
  let cursor: string | null = null;
  do {
    const page = await client.listApprovals({ ...query, ...(cursor === null ? {} : { cursor }) });
    found.push(...page.approvals);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return found;
}

async function readAllRules(client: Client): Promise<RuleListView> {
  const rules: RuleListView["rules"] = [];
  let cursor: string | null = null;
  do {
    const page: RuleListView = await client.listApprovalRules(cursor === null ? {} : { cursor });
    rules.push(...page.rules);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return { rules, next_cursor: null };
}

async function print(client: Client, flags: ApprovalsFlags, context: CliContext): Promise<number> {
  const found = await readAll(client, flags);
  context.terminal.print(
    flags.json === true ? toJsonText({ approvals: found, next_cursor: null }) : toText(found, flags, context),
  );
  return 0;
}

function toText(found: readonly ApprovalView[], flags: ApprovalsFlags, { clock }: CliContext): string {
  if (found.length === 0) return flags.all === true ? "Nobody has asked." : "Nobody asks.";
  return found.map((approval) => renderApproval(approval, clock.now()).join("\n")).join("\n\n");
}

/** On a terminal it is drawn over and over; else it is printed once it has changed. */
async function watch(client: Client, flags: ApprovalsFlags, context: CliContext): Promise<number> {
  const { terminal } = context;
  const stop = new AbortController();
  using _ = context.onInterrupt(() => stop.abort());
  const signal = AbortSignal.any([stop.signal, terminal.closed]);
  const canvas = flags.json !== true && terminal.isLive ? await terminal.openCanvas("data") : undefined;
  let shown = "";
  while (!signal.aborted) {
    const found = await readAll(client, flags);
    const key = JSON.stringify(found);
    const text = flags.json === true ? toJsonText({ approvals: found }, 0) : toText(found, flags, context);
    if (canvas !== undefined) canvas.draw(text);
    else if (key !== shown) terminal.print(text);
    shown = key;
    await sleep(redrawMs, undefined, { signal }).catch(() => undefined);
  }
  canvas?.end(true);
  return stop.signal.aborted ? interruptedExitCode : 0;
}

function printRules(list: RuleListView, flags: ApprovalsFlags, { terminal }: CliContext): number {
  if (flags.json === true) terminal.print(toJsonText(list));
  else if (list.rules.length === 0)
    terminal.print("No rules. They are made by: profclaw agent answer … --always");
  else {
    const lines = list.rules.map(({ id, rule, workspace }) => `${id}  ${rule}  in ${workspace}`);
    terminal.print(lines.map((line) => toVisibleText(line)).join("\n"));
  }
  return 0;
}
