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
  const cutter = createEventCutter();
  for await (const chunk of chunks) yield* cutter.add(String(chunk));
}

/**
 * The same, piece by piece: `add` goes through the events that end in this one, and is to be gone through to its end.
 * One after the other: hundreds at once would outlive what is made of each, and grow old.
 */
export function createEventCutter(): { add(text: string): Iterable<ServerEvent> } {
  let pieces: string[] = [];
  let tail = "";
  return {
    *add(text) {
      pieces.push(text);
      const hasEnd = /\n\r?\n/.test(`${tail}${text}`);
      tail = `${tail}${text}`.slice(-longestEnd);
      // An event of megabytes comes in hundreds of pieces: joined and searched at each, it would take its size squared.
      if (!hasEnd) return;
      const whole = pieces.join("").replaceAll("\r\n", "\n");
      let from = 0;
      for (let end = whole.indexOf("\n\n"); end !== -1; end = whole.indexOf("\n\n", from)) {
        const event = parseBlock(whole.slice(from, end));
        from = end + 2;
        if (event !== undefined) yield event;
      }
      pieces = [whole.slice(from)];
    },
  };
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
