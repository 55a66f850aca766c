import type { WaitedView } from "../../contract/inbox-operations.ts";
import type { WholeAnswer } from "../tool.ts";
import { type TaskView, toResultLink, toTaskView } from "./task-shape.ts";

type WaitAnswer = Omit<WaitedView, "tasks"> & { tasks: TaskView[] };

/** What a wait came to, its sessions in their short form. */
export function toWaitAnswer(waited: WaitedView): WholeAnswer<WaitAnswer> {
  const cut = waited.tasks.filter((session) => toTaskView(session).truncated);
  return {
    structured: { ...waited, tasks: waited.tasks.map(toTaskView) },
    links: cut.map(toResultLink),
  };
}
