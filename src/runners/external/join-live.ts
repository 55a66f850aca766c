import type { AgentNews } from "./driver.ts";

/** What a viewer is sent at once; far less than what it may be behind. */
const longestDelta = 16_384;

/** A program that prints thousands of lines at once has not said thousands of things: what is shown live is joined. */
export function joinLive(news: readonly AgentNews[]): readonly AgentNews[] {
  if (news.length < 2) return news;
  const joined: AgentNews[] = [];
  let texts: string[] = [];
  let length = 0;
  const flush = (): void => {
    if (texts.length > 0) joined.push({ kind: "live", event: { type: "text-delta", text: texts.join("") } });
    [texts, length] = [[], 0];
  };
  for (const one of news) {
    const text = one.kind === "live" && one.event.type === "text-delta" ? one.event.text : null;
    if (text === null || length + text.length > longestDelta) flush();
    if (text === null) joined.push(one);
    else {
      texts.push(text);
      length += text.length;
    }
  }
  flush();
  return joined;
}
