import { parseArgs } from "node:util";
import type { ModelScript, Reply } from "../../support/model-server/reply.ts";
import { startModelServer } from "../../support/model-server/start-model-server.ts";
import { createNoiseScript } from "./answer-noise.ts";
import { createPlanScript } from "./answer-plan.ts";

/** Told over the channel of the process: until then (ms since the epoch) every call is refused so. */
export interface Wall {
  untilMs: number;
  status: number;
  retryAfterSeconds: number;
}

/*
 * The scripted model as a process of its own, so that its count is a witness that no crash of the
 * program or of the suite can touch. Ends when the process that started it ends.
 */

let wall: Wall = { untilMs: 0, status: 529, retryAfterSeconds: 1 };

function behindWall(script: ModelScript): ModelScript {
  return (request): Reply | Promise<Reply> => {
    if (Date.now() >= wall.untilMs) return script(request);
    return { status: wall.status, headers: { "retry-after": String(wall.retryAfterSeconds) } };
  };
}

const { values } = parseArgs({ options: { effects: { type: "string" } } });
const plans = createPlanScript({ effectFile: values.effects ?? "/dev/null" });
const server = await startModelServer({
  script: behindWall(createNoiseScript(plans)),
  keepBodies: false,
});
process.on("message", (message) => {
  wall = message as Wall;
});
process.on("disconnect", () => process.exit(0));
process.send?.({ url: server.url });
