import { once } from "node:events";
import type { ModelScript, Reply } from "../../support/model-server/reply.ts";
import { startModelServer } from "../../support/model-server/start-model-server.ts";
import { createNoiseScript } from "./answer-noise.ts";
import { createPlanScript } from "./answer-plan.ts";

/** Told over the channel of the process, the first word of all: where the effect file is. */
export interface Opening {
  effectFile: string;
}

/** Told later: until then (ms since the epoch) every call is refused so. */
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

process.on("disconnect", () => process.exit(0));
const [opening] = (await once(process, "message")) as [Opening];
process.on("message", (message) => {
  wall = message as Wall;
});
const script = behindWall(createNoiseScript(createPlanScript(opening)));
const server = await startModelServer({ script, keepBodies: false });
process.send?.({ url: server.url });
