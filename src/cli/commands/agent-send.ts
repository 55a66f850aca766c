import type { MessageView } from "../../contract/message-operations.ts";
import type { Delivery } from "../../core/message.ts";
import { toShortId } from "../../core/id.ts";
import { ProfclawError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText } from "../plain-text.ts";

interface SendFlags {
  interrupt?: boolean;
  steer?: boolean;
  queue?: boolean;
  json?: boolean;
}

export const agentSend = defineCommand<SendFlags>({
  name: "agent send",
  summary: "Write to a session. Exit code 1 if it has ended and missed it.",
  examples: [
    'profclaw agent send 1a2b3c4d "Look at the tests first"',
    'profclaw agent send 1a2b3c4d --interrupt "Stop that; the bug is in src/auth"',
    'profclaw agent send 1a2b3c4d --queue "When you are done, write a summary"',
  ],
  declare(parser) {
    parser
      .argument("<id>", "a session's id or the start of one")
      .argument("<message>", "what to say, in quotes")
      .option("--steer", "read before its next model call (default)")
      .option("--interrupt", "cut the model call in flight off, then read")
      .option("--queue", "read when it would stop otherwise");
  },
  async run({ args: [id = "", message = ""], options: flags }, context) {
    const delivery = toDelivery(flags);
    const client = await linkDaemon(context);
    try {
      return report(await client.sendMessage({ id, message, delivery }), flags, context);
    } finally {
      client.close();
    }
  },
});

function toDelivery(flags: SendFlags): Delivery {
  const given = (["interrupt", "steer", "queue"] as const).filter((name) => flags[name] === true);
  if (given.length <= 1) return given[0] ?? "steer";
  throw new ProfclawError(
    "invalid-request",
    `${given.map((name) => `--${name}`).join(" and ")} exclude each other.`,
    { hint: "Leave one out." },
  );
}

const moments: Record<Delivery, string> = {
  steer: "It is read before the next model call.",
  interrupt: "A model call in flight is cut off; then it is read.",
  queue: "It is read when the session would stop.",
};

function report(sent: MessageView, flags: SendFlags, { terminal }: CliContext): number {
  if (flags.json === true) terminal.print(toJsonText(sent));
  else terminal.print(`${sent.id}  ${sent.receipt}`);
  if (sent.hint !== null) terminal.say(sent.hint);
  else if (sent.receipt === "queued") {
    terminal.say(`${moments[sent.delivery]} Follow it: profclaw agent show ${toShortId(sent.session_id)}`);
  }
  return sent.receipt === "missed" ? 1 : 0;
}
