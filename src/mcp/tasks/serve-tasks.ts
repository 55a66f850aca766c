import {
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { toCallResult } from "../call-tool.ts";
import type { Connection } from "../connection.ts";
import { refusing } from "../refusal.ts";
import type { ToolContext } from "../tool.ts";
import type { ReportBug } from "../tool-failure.ts";
import { toWaitAnswer } from "../tools/wait-answer.ts";
import { requireTasks } from "./tasks-extension.ts";
import { toTaskState } from "./created-task.ts";
import { parseWaitTaskId, type WaitTask } from "./wait-task.ts";

const named = z.looseObject({ taskId: z.string().min(1) });

interface TaskServing {
  connect: (context: ServerContext) => Connection;
  reportBug: ReportBug;
}

/** Answers what clients ask of tasks. A task that is cancelled is waited for no more; what it waits for goes on. */
export function serveTasks(server: Server, { connect, reportBug }: TaskServing): void {
  const answer = async (
    taskId: string,
    context: ServerContext,
    tell: (task: WaitTask, tool: ToolContext) => Promise<Record<string, unknown>>,
  ): Promise<Record<string, unknown>> => {
    requireTasks(context);
    const task = parseWaitTaskId(taskId);
    if (task === null) throw refuseUnknown(taskId);
    return refusing(reportBug, () => tell(task, connect(context).context));
  };
  server.setRequestHandler("tasks/get", { params: named }, ({ taskId }, context) =>
    answer(taskId, context, readTask),
  );
  for (const method of ["tasks/cancel", "tasks/update"]) {
    server.setRequestHandler(method, { params: named }, ({ taskId }, context) =>
      answer(taskId, context, async (task, tool) => {
        await look(task, tool);
        return {};
      }),
    );
  }
}

async function readTask(task: WaitTask, tool: ToolContext): Promise<Record<string, unknown>> {
  const waited = await look(task, tool);
  const state = toTaskState(task, waited.tasks);
  if (waited.status === "done") {
    return { ...state, status: "completed", result: toCallResult(toWaitAnswer(waited)) };
  }
  const ended = waited.tasks.filter(({ ended_at }) => ended_at !== null).length;
  const mail = waited.status === "message" ? " There is unread mail: call inbox." : "";
  return {
    ...state,
    status: "working",
    statusMessage: `${ended} of ${waited.tasks.length} have ended.${mail}`,
  };
}

function look({ ids, until }: WaitTask, { handlers, call }: ToolContext) {
  return handlers.waitForMail({ tasks: [...ids], until, timeout_s: 0, mark_read: false }, call);
}

function refuseUnknown(taskId: string): ProtocolError {
  const detail = `There is no task ${JSON.stringify(taskId.slice(0, 80))}.`;
  const next =
    "Give a taskId as tools/call answered it. What spawn answers is read by the tools wait and tasks.";
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `${detail} ${next}`, {
    code: "not-found",
    retryable: false,
    next,
  });
}
