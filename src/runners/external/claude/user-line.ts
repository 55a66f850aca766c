/** What a person says, as a line of claude's input stream. */
export function toUserLine(text: string): string {
  return `${JSON.stringify({ type: "user", message: { role: "user", content: text } })}\n`;
}
