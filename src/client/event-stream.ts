/** One server-sent event. `id` only on journal entries: what a reader resumes from. */
export interface ServerEvent {
  id: string | null;
  event: string;
  data: string;
}

/** Of what ends an event: it may come in two pieces. */
const longestEnd = 3;

/** Cuts a text/event-stream into its events. Comments (heartbeats) and empty events are dropped. */
export async function* parseEventStream(chunks: AsyncIterable<unknown>): AsyncGenerator<ServerEvent> {
  let pieces: string[] = [];
  let tail = "";
  for await (const chunk of chunks) {
    const text = String(chunk);
    pieces.push(text);
    const hasEnd = /\n\r?\n/.test(`${tail}${text}`);
    tail = `${tail}${text}`.slice(-longestEnd);
    // An event of megabytes comes in hundreds of pieces: joined and searched at each, it would take its size squared.
    if (!hasEnd) continue;
    const blocks = pieces.join("").replaceAll("\r\n", "\n").split("\n\n");
    pieces = [blocks.pop() ?? ""];
    for (const block of blocks) {
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
