import type { JsonObject, JsonValue } from "../../../core/json.ts";
import type { JournalEntry } from "../../../core/journal.ts";
import type { SessionRecord } from "../../../core/session.ts";
import { toMissingText } from "../given-servers.ts";
import { toRequestLine } from "../json-rpc.ts";
import { toCodexRights } from "./codex-rights.ts";
import type { FoundThread } from "./find-thread.ts";
import { toStrictSchema } from "./strict-schema.ts";

/** What is not read by us, and would only make the record longer. */
const unread = [
  "thread/started",
  "thread/status/changed",
  "thread/settings/updated",
  "account/rateLimits/updated",
  "remoteControl/status/changed",
  "item/commandExecution/outputDelta",
  "item/commandExecution/terminalInteraction",
  "item/fileChange/outputDelta",
  "item/fileChange/patchUpdated",
  "item/reasoning/summaryTextDelta",
  "item/reasoning/summaryPartAdded",
  "item/reasoning/textDelta",
  "item/plan/delta",
  "turn/diff/updated",
  "turn/plan/updated",
  "skills/changed",
];

/** The first words to an app-server. */
export function toGreeting(id: string): string {
  const params = {
    clientInfo: { name: "profclaw", title: null, version: "1" },
    capabilities: {
      experimentalApi: false,
      requestAttestation: false,
      optOutNotificationMethods: unread,
    },
  };
  return toRequestLine(id, "initialize", params) + `${JSON.stringify({ method: "initialized" })}\n`;
}

/**
 * Said when a run is over, however: the thread's turn and all commands of it end at once, and its memory is given back.
 * It can be taken up again.
 */
export const partingLine = toRequestLine("parting", "thread/archive", { threadId: "{{THREAD}}" });

/** Begins all ids of a run: those of another session's threads are never taken for ours. */
export function toRunKey({ id }: Pick<SessionRecord, "id">, journal: readonly JournalEntry[]): string {
  const runs = journal.filter(({ event }) => event.type === "agent-launch").length;
  return `${id}.${runs + 1}`;
}

export interface ThreadWish {
  session: SessionRecord;
  key: string;
  /** Of an earlier run, or of the session that this one is a fork of; null: a new one. */
  from: FoundThread | null;
  config: JsonObject;
  /** Servers that the session was to have, and has not. */
  missing: readonly string[];
  /** Null: codex's own way to its login. */
  modelProvider: string | null;
}

/** With some models codex keeps tools of servers out of sight until they are searched for. */
const aboutTools =
  "The MCP server profclaw has tools for working with the sessions around you (inbox, wait, ask, respond, whisper, " +
  "broadcast). Where they are not listed, tool_search finds them by that name.";

/** What a role and the caller say, before all that the user does. */
export function toInstructions(
  { stance, appendSystem }: Pick<SessionRecord, "stance" | "appendSystem">,
  missing: readonly string[] = [],
): string {
  const texts = [stance, appendSystem, aboutTools, toMissingText(missing)];
  return texts.filter((text) => text !== null && text !== "").join("\n\n");
}

/** Opens the session's thread; the answer has the id `<key>:open`. */
export function toOpenRequest({ session, key, from, config, modelProvider, missing }: ThreadWish): string {
  const { model, cwd } = session;
  const params = {
    model,
    ...(modelProvider === null ? {} : { modelProvider }),
    cwd,
    ...toCodexRights(session),
    developerInstructions: toInstructions(session, missing),
    config,
    // What is in one that may not be whole says what it has still to be told.
    ...(from === null ? {} : { threadId: from.threadId, excludeTurns: from.isKept }),
  };
  const open = toRequestLine(`${key}:open`, `thread/${from?.how ?? "start"}`, params);
  // Refused where its last run had no time to part: that is all the same.
  if (from === null) return open;
  return toRequestLine(`${key}:back`, "thread/unarchive", { threadId: from.threadId }) + open;
}

/** Begins a turn, or is heard in the one that is under way. */
export function toTurnRequest(
  session: Pick<SessionRecord, "effort" | "schema">,
  { id, threadId, text }: { id: string; threadId: string; text: string },
): string {
  const { effort, schema } = session;
  return toRequestLine(id, "turn/start", {
    threadId,
    input: [{ type: "text", text, text_elements: [] }],
    ...(effort === null ? {} : { effort }),
    ...(schema === null ? {} : { outputSchema: toStrictSchema(schema) as JsonValue }),
  });
}
