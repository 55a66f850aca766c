import type { CommandEntry } from "./command-entry.ts";

/** The commands that show and steer flows, in the order of the help. */
export const flowCommands: readonly CommandEntry[] = [
  {
    name: "flow list",
    summary: "flows, newest first",
    load: async () => (await import("./commands/flow-list.ts")).flowList,
  },
  {
    name: "flow show",
    summary: "a flow: its steps, what they cost, and its result",
    load: async () => (await import("./commands/flow-show.ts")).flowShow,
  },
  {
    name: "flow validate",
    summary: "check a flow or team file; start nothing",
    load: async () => (await import("./commands/flow-validate.ts")).flowValidate,
  },
  {
    name: "flow resume",
    summary: "let an ended flow go on; finished sessions are not run again",
    load: async () => (await import("./commands/flow-resume.ts")).flowResume,
  },
  {
    name: "flow cancel",
    summary: "stop a flow and every session of it",
    load: async () => (await import("./commands/flow-cancel.ts")).flowCancel,
  },
];
