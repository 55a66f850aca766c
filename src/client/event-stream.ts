/** One server-sent event. `id` only on journal entries: what a reader resumes from. */
export interface ServerEvent {
  id: string | null;
  event: string;
  data: string;
}

/** Cuts a text/event-stream into its events. Comments (heartbeats) and empty events are dropped. */
export async function* parseEventStream(chunks: AsyncIterable<unknown>): AsyncGenerator<ServerEvent> {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = `${rest}${String(chunk)}`.replaceAll("\r\n", "\n").split("\n\n");
    rest = lines.pop() ?? "";
    for (const block of lines) {
      const event = parseBlock(block);
      if (event !== undefined) yield event;
    }
  }
}

function parseBlock(block: string): ServerEvent | undefined {
  const event: ServerEvent = { id: null, event: "message", data: "" };
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === "data") data.push(value);
    if (field === "event") event.event = value;
    if (field === "id") event.id = value;
  }
  event.data = data.join("\n");
  return data.length === 0 ? undefined : event;
}
