import { listOperationTools } from "./operation-tool.ts";
import type { AnyTool } from "./tool.ts";
import { toAliases } from "./tools/aliases.ts";
import { flowCancel, flowStatus, runFlow } from "./tools/flow-tools.ts";
import { pickupCandidates } from "./tools/pickup-candidates.ts";
import { spawn } from "./tools/spawn.ts";
import { taskKill } from "./tools/task-kill.ts";
import { taskLogs } from "./tools/task-logs.ts";
import { tasks } from "./tools/tasks.ts";
import { wait } from "./tools/wait.ts";

const flows: readonly AnyTool[] = [runFlow, flowStatus, flowCancel];
const own: readonly AnyTool[] = [spawn, wait, tasks, taskLogs, taskKill, pickupCandidates, ...flows];
const ownNames = new Set(own.map(({ name }) => name));
const all = [...own, ...listOperationTools().filter(({ name }) => !ownNames.has(name))];

/** Every tool: those that are more than one operation, and those that are one; and their other names. */
export const toolTable: readonly AnyTool[] = [...all, ...toAliases(all)];
