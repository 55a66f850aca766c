import { z } from "zod";
import type { Neighbour } from "../core/tool-context.ts";
import { done } from "./outcome.ts";
import { defineTool } from "./tool.ts";

const input = z.object({});

/** Who can be written to. */
export const peersTool = defineTool<z.infer<typeof input>>({
  name: "peers",
  description: "Who else is in your tree now, with ids, tasks and what they do.",
  input,
  effect: "pure",
  column: "sessions",
  toAction: () => ({ kind: "sessions" }),
  async run(_, context) {
    context.report("peers");
    const found = await context.sessions.mail.neighbours();
    const head = `You are ${context.sessionId}.`;
    return done(
      found.length === 0 ? `${head} Nobody else is there.` : [head, ...found.map(toLine)].join("\n"),
    );
  },
});

function toLine({ id, kind, name, status, task, activity }: Neighbour): string {
  const words = [status, name, task, activity].filter((word) => word !== null);
  return `${id} ${kind} ${words.map((word) => word.replaceAll(/\s+/g, " ")).join(" · ")}`.trimEnd();
}
