import type { AnyTool } from "./tool.ts";
import { spawn } from "./tools/spawn.ts";
import { taskKill } from "./tools/task-kill.ts";
import { taskLogs } from "./tools/task-logs.ts";
import { tasks } from "./tools/tasks.ts";

/** Every tool, in the order in which clients list them. */
export const toolTable: readonly AnyTool[] = [spawn, tasks, taskLogs, taskKill];
