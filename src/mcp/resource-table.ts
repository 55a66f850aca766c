import { type McpResource, toJson } from "./resource.ts";
import { mayShowLog } from "./tools/log-right.ts";

const newestSteps = 200;
const mostLogCharacters = 200_000;

/** Every resource; those with `{id}` in their address are templates. */
export const resourceTable: readonly McpResource[] = [
  {
    uri: "profclaw://sessions/{id}",
    name: "session",
    title: "A session",
    description: "How it stands: status, model, turns, cost, result.",
    mimeType: "application/json",
    read: async (id, { handlers, call }) => toJson(await handlers.getSession({ id }, call)),
  },
  {
    uri: "profclaw://sessions/{id}/log",
    name: "session-log",
    title: "A session's log",
    description: `What it did, step by step: the newest ${newestSteps} steps. task_logs reads all of it.`,
    mimeType: "text/plain",
    async read(id, { handlers, call }) {
      if (!mayShowLog(await handlers.getSession({ id }, call))) {
        return { text: "No log: it was spawned with capture_output false.\n", mimeType: "text/plain" };
      }
      const log = await handlers.getSessionLog({ id, after: 0, limit: newestSteps, tail: newestSteps }, call);
      return { text: log.slice(-mostLogCharacters), mimeType: "text/plain" };
    },
  },
  {
    uri: "profclaw://sessions/{id}/result",
    name: "session-result",
    title: "A session's result",
    description: "The whole text of its result; empty while it has none.",
    mimeType: "text/plain",
    async read(id, { handlers, call }) {
      const { result } = await handlers.getSessionResult({ id }, call);
      return { text: result?.text ?? "", mimeType: "text/plain" };
    },
  },
  {
    uri: "profclaw://sessions/{id}/tree",
    name: "session-tree",
    title: "A session's tree",
    description: "It and all that it spawned.",
    mimeType: "application/json",
    read: async (id, { handlers, call }) => toJson(await handlers.getSessionTree({ id }, call)),
  },
  {
    uri: "profclaw://roles",
    name: "roles",
    title: "Roles",
    description: "The stances that spawn takes as role, here.",
    mimeType: "application/json",
    read: async (_, { handlers, call, cwd }) =>
      toJson(await handlers.listRoles(cwd === null ? {} : { cwd }, call)),
  },
  {
    uri: "profclaw://cost",
    name: "cost",
    title: "Cost",
    description: "What was spent today, by model.",
    mimeType: "application/json",
    read: async (_, { handlers, call }) =>
      toJson(await handlers.getCost({ group_by: "model", limit: 100 }, call)),
  },
];
