import type { SessionView } from "../../contract/shapes.ts";
import type { CliContext } from "../context.ts";
import { interruptedExitCode } from "../context.ts";
import { toExitCode } from "../outcome.ts";
import { toJsonText } from "../plain-text.ts";
import { renderResult, withWholeResults } from "../result-text.ts";
import { showProgress } from "../spawn/show-progress.ts";
import { watchBatch } from "../spawn/watch-batch.ts";
import { createCrash, type Crash } from "./crash-midway.ts";
import { renderCrash, renderIntro, renderProof, renderReturn, toDemoJson } from "./demo-text.ts";
import { demoTasks, toReadOnlyTasks, type DemoTask } from "./demo-tasks.ts";
import { startOwnDaemon, type OwnDaemon } from "./own-daemon.ts";
import { comparePaid } from "./paid-once.ts";
import { startSimulatedModel, type SimulatedModel } from "./simulated-model.ts";
import { setStage, type Stage } from "./stage.ts";

export interface DemoOptions {
  /** Look at the folder one stands in, read only, instead of at the sample project. */
  here?: boolean;
  json: boolean;
  context: CliContext;
}

interface Scene {
  tasks: readonly DemoTask[];
  stage: Stage;
  model: SimulatedModel;
  daemon: OwnDaemon;
  /** Aborted when the person has had enough. */
  signal: AbortSignal;
  json: boolean;
}

const pace = { thinkMs: 300, chunkMs: 25, chunkLength: 12 };

/**
 * Three real sessions on a simulated model, and a kill -9 in the middle. Resolves to 0 if all went on
 * and the books fit, 130 after Ctrl-C. Leaves no process and no file.
 */
export async function runDemo({ here = false, json, context }: DemoOptions): Promise<number> {
  const leave = new AbortController();
  using _ = onLeave(context, leave);
  const tasks = here ? toReadOnlyTasks(demoTasks) : demoTasks;
  await using model = await startSimulatedModel(tasks, pace);
  using stage = setStage(context, { here, modelUrl: model.url });
  context.terminal.say(renderIntro(stage.workspace, here));
  await using daemon = await startOwnDaemon(stage.context);
  if (leave.signal.aborted) return interruptedExitCode;
  // However it ends: what still waits for the daemon must not bring it back.
  using __ = { [Symbol.dispose]: () => leave.abort() };
  return await play({ tasks, stage, model, daemon, signal: leave.signal, json });
}

/** Ctrl-C, and what a closed terminal or a supervisor sends: all of them clean up. */
function onLeave(context: CliContext, leave: AbortController): Disposable {
  const act = (): void => leave.abort();
  const interrupt = context.onInterrupt(act);
  process.once("SIGTERM", act).once("SIGHUP", act);
  return {
    [Symbol.dispose]() {
      interrupt[Symbol.dispose]();
      process.off("SIGTERM", act).off("SIGHUP", act);
    },
  };
}

async function play(scene: Scene): Promise<number> {
  const { stage, daemon, signal, model, tasks } = scene;
  const { terminal } = stage.context;
  const accepted = await daemon.client.createSessions(toBatch(scene));
  const crash = createCrash({
    calls: model.calls,
    tasks,
    pid: await daemon.readPid(),
    kill(moment) {
      process.kill(moment.pid, "SIGKILL");
      terminal.say(renderCrash(moment));
    },
  });
  model.onPiece = () => crash.look();
  const watch = { batchId: accepted.batch_id, sessions: accepted.sessions, signal, isLive: true };
  const { sessions } = await showProgress(watchBatch(daemon.client, watch), {
    context: stage.context,
    interruptHint: "Ctrl-C ends the demo",
  });
  model.onPiece = () => undefined;
  if (signal.aborted) {
    terminal.say("Stopped: the demo's daemon and folders go away.");
    return interruptedExitCode;
  }
  return report(scene, { sessions, batchId: accepted.batch_id, crash: crash.happened() });
}

function toBatch({ tasks, stage }: Scene) {
  const mode = tasks.some(({ tools }) => tools.includes("test_run")) ? "auto" : "plan";
  return {
    cwd: stage.workspace,
    sessions: tasks.map(({ task, tools }) => ({ task, tools, provider: "anthropic", permission_mode: mode })),
  };
}

interface Outcome {
  sessions: SessionView[];
  batchId: string;
  crash: Crash | undefined;
}

async function report(scene: Scene, { sessions, batchId, crash }: Outcome): Promise<number> {
  const { model, daemon, stage, json } = scene;
  const { terminal } = stage.context;
  const batch = await daemon.client.getBatch({ id: batchId });
  const cost = await daemon.client.getCost({ group_by: "session" });
  const paid = comparePaid({ calls: model.calls, sessions, cost });
  const whole = await withWholeResults(daemon.client, sessions);
  if (json) {
    terminal.print(toJsonText(toDemoJson({ batch, sessions: whole, crash, paid })));
  } else {
    terminal.print(whole.map((session) => renderResult(session, terminal.dataColors)).join("\n\n"));
    terminal.print("");
    terminal.print(renderReturn(crash, await daemon.readPid()));
    terminal.print(renderProof(paid, batch));
  }
  return paid.holds ? toExitCode(sessions) : 1;
}
