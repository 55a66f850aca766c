import { setTimeout as sleep } from "node:timers/promises";
import { note, work } from "./fake-work.ts";

/*
 * A program of a person's own that prints JSON lines: it does its task, which comes on stdin, and leaves. A task
 * "trap:<name> …" makes it behave as such programs do on a bad day.
 */

let task = "";
for await (const chunk of process.stdin.setEncoding("utf8")) task += String(chunk);

const say = (record: object): void => void process.stdout.write(`${JSON.stringify(record)}\n`);

const session = process.env["PROFCLAW_SESSION_ID"] ?? "";

function finish(result: string): void {
  note({ kind: "bill", session, input: 100, output: 10 });
  say({ usage: { input_tokens: 100, output_tokens: 10 }, cost_usd: 0.01 });
  say({ result });
}

const traps: Readonly<Record<string, (text: string) => void | Promise<void>>> = {
  // "trap:slow 4000": so many ms go by.
  slow: async (text) => {
    say({ text: "looking" });
    await sleep(Number(/ (\d+)/.exec(text)?.[1] ?? 1_500));
    finish("slowly done");
  },
  garbage: () => {
    process.stdout.write('warning: not JSON\n{"half":\n[1,2]\n\n');
    say({ "of next year": 7, usage: "none" });
    finish("through it all");
  },
  "long-line": () => {
    say({ text: "x".repeat(10_000_000) });
    finish("read it all");
  },
  nothing: () => undefined,
  work: async (text) => {
    const worker = { session, cwd: process.cwd(), env: process.env, done: [], save: () => undefined };
    finish(
      await work(text, worker, (name) => {
        say({ text: name });
        return () => undefined;
      }),
    );
  },
  crash: () => {
    say({ text: "so far" });
    process.stderr.write("out of memory\n");
    process.exitCode = 3;
  },
  // "trap:late-exit 1500": so many ms later.
  "late-exit": async (text) => {
    await sleep(Number(/ (\d+)/.exec(text)?.[1] ?? 0));
    finish("answered");
    process.exitCode = 3;
  },
  "error-in-success": () => {
    finish("so far");
    say({ error: { message: "it went wrong" } });
  },
};

const trap = traps[/^trap:([\w-]+)/.exec(task)?.[1] ?? ""];
await (
  trap ?? ((text: string) => finish(`heard: ${text.length > 1_000 ? `${text.length} characters` : text}`))
)(task);
