import { createInterface } from "node:readline/promises";
import type { Client } from "../../client/create-client.ts";
import type { ApprovalView } from "../../contract/approval-operations.ts";
import { ProfclawError } from "../../core/errors.ts";
import { randomId, toShortId } from "../../core/id.ts";
import { findNearest } from "../../core/nearest.ts";
import { renderApproval, toWays } from "../approval-text.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText } from "../plain-text.ts";

interface AnswerFlags {
  always?: boolean;
  json?: boolean;
}

/** Of one approval: yes once, yes for good, or no with or without words. */
interface Answer {
  verdict: "allow" | "deny";
  text?: string;
  always?: boolean;
}

const yesWords = new Set(["allow", "yes", "y"]);
const noWords = new Set(["deny", "no", "n"]);

export const agentAnswer = defineCommand<AnswerFlags>({
  name: "agent answer",
  summary: "Say yes or no to what a session asks leave for. A yes is for exactly that call, once.",
  examples: [
    "profclaw agent answer 1a2b3c4d",
    "profclaw agent answer 1a2b3c4d allow",
    'profclaw agent answer 1a2b3c4d 2 "use the Makefile instead"',
    "profclaw agent answer 1a2b3c4d allow --always",
  ],
  declare(parser) {
    parser
      .argument("<id>", "a session's id or the start of one")
      .argument("[words...]", "the approval's number if it has several; then allow, deny, or a text (a no)")
      .option("--always", "with allow: and from now on, for exactly this argv or path in this folder");
  },
  async run({ args: [id = "", ...words], options: flags }, context) {
    const { number, answer } = parseWords(words, flags);
    const client = await linkDaemon(context);
    try {
      const approval = await findApproval(client, id, number);
      const given = answer ?? (await askPerson(approval, flags, context));
      const answered = await client.answerApproval({
        id: approval.session_id,
        n: String(approval.number),
        sha256: approval.sha256,
        // A daemon that dies after it has taken the answer is asked again.
        idempotency_key: randomId(),
        ...given,
      });
      print(answered, flags, context);
      return 0;
    } finally {
      client.close();
    }
  },
});

function parseWords(
  words: readonly string[],
  flags: AnswerFlags,
): { number: string | undefined; answer: Answer | undefined } {
  const [first = ""] = words;
  const number = /^\d{1,9}$/.test(first) ? first : undefined;
  const rest = number === undefined ? words : words.slice(1);
  const said = rest.join(" ").trim();
  const answer = said === "" ? undefined : toAnswer(said, flags);
  return { number, answer };
}

function toAnswer(said: string, { always }: AnswerFlags): Answer {
  const word = said.toLowerCase();
  if (yesWords.has(word)) return always === true ? { verdict: "allow", always } : { verdict: "allow" };
  if (always === true) {
    throw new ProfclawError("invalid-request", "--always goes with allow only.", {
      hint: "profclaw agent answer <id> allow --always",
    });
  }
  if (noWords.has(word)) return { verdict: "deny" };
  const [nearest] = /\s/.test(said) ? [] : findNearest(word, [...yesWords, ...noWords]);
  if (nearest === undefined) return { verdict: "deny", text: said };
  throw new ProfclawError("invalid-request", `"${said}" is neither allow nor deny; nothing was answered.`, {
    hint: `Did you mean ${nearest}? A text for the model needs more than one word.`,
  });
}

/** The one that is meant, whole. Throws needs-input where there are several, not-found where there is none. */
async function findApproval(client: Client, id: string, number: string | undefined): Promise<ApprovalView> {
  if (number !== undefined) return client.getApproval({ id, n: number });
  const { approvals } = await client.listApprovals({ session: id, limit: 100 });
  const [only, ...more] = approvals;
  if (only === undefined) {
    throw new ProfclawError("not-found", `Session ${id} asks nothing now.`, {
      hint: `What it has asked: profclaw approvals --all --session ${id}`,
    });
  }
  if (more.length === 0) return client.getApproval({ id: only.session_id, n: String(only.number) });
  const numbers = approvals.map((approval) => String(approval.number)).join(", ");
  throw new ProfclawError("needs-input", `Session ${id} asks ${approvals.length} things: ${numbers}.`, {
    hint: `See them: profclaw approvals --session ${id}; then: profclaw agent answer ${id} ${only.number} allow`,
  });
}

/** Shows all of it and asks. Throws needs-input where there is no terminal to ask on. */
async function askPerson(approval: ApprovalView, flags: AnswerFlags, context: CliContext): Promise<Answer> {
  const { terminal, clock } = context;
  if (!terminal.canAsk) {
    const [allow = "", deny = ""] = toWays(approval).map((line) => line.trim());
    throw new ProfclawError("needs-input", "There is no answer, and no terminal to ask on.", {
      hint: `${allow}; or ${deny}. All of it: profclaw approvals --session ${toShortId(approval.session_id)}`,
    });
  }
  terminal.say(renderApproval(approval, clock.now()).join("\n"));
  const always = approval.rule === null ? "" : ", always";
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const said = (await reader.question(`Allow it? [yes${always}, no, or what to do instead] `)).trim();
    if (said.toLowerCase() === "always") return { verdict: "allow", always: true };
    if (said !== "") return toAnswer(said, flags);
    throw new ProfclawError("needs-input", "Nothing was answered; it still waits.", {
      hint: `profclaw agent answer ${toShortId(approval.session_id)} ${approval.number} allow`,
    });
  } finally {
    reader.close();
  }
}

function print(approval: ApprovalView, flags: AnswerFlags, { terminal }: CliContext): void {
  if (flags.json === true) return terminal.print(toJsonText(approval));
  terminal.print(`${toShortId(approval.session_id)} #${approval.number}  ${approval.status}`);
}
