import { createInterface } from "node:readline";

/*
 * Speaks as Claude Code does, and says when: what it is told comes back as a line `{"type":"clock","at":…}`, which our reader
 * passes over. A first message "ask …" makes it want leave for a command. It never ends by itself.
 */

const say = (record: object): void => void process.stdout.write(`${JSON.stringify(record)}\n`);
const now = (): number => performance.timeOrigin + performance.now();

if (process.argv[2] === "--version") {
  process.stdout.write("9.0.0 (Claude Code)\n");
} else {
  say({ type: "system", subtype: "init" });
  for await (const line of createInterface({ input: process.stdin })) {
    const { message } = JSON.parse(line) as { message?: { content: string } };
    say({ type: "clock", at: now(), text: message?.content ?? "" });
    if (message?.content.startsWith("ask ") === true) ask(message.content);
  }
}

function ask(command: string): void {
  const request = { subtype: "can_use_tool", tool_name: "Bash", input: { command }, tool_use_id: "call-1" };
  say({ type: "control_request", request_id: `ask-${process.pid}`, request });
}
