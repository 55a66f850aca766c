import type { ToolContext } from "../core/tool-context.ts";

const maxChars = 16_000;

/** A text for the model: as it is if short, else its start and end, and the whole kept as an artifact. */
export async function keepLongText(
  { name, text }: { name: string; text: string },
  context: Pick<ToolContext, "putArtifact">,
): Promise<string> {
  const trimmed = text.trimEnd();
  if (trimmed.length <= maxChars) return trimmed;
  const artifact = await context.putArtifact(name, text);
  const head = trimmed.slice(0, maxChars / 4);
  // The end tells more of a command than its start: errors and sums are there.
  const tail = trimmed.slice(-(maxChars - head.length));
  const cut = trimmed.length - head.length - tail.length;
  return `${head}\n[… ${cut} characters left out, kept as artifact ${artifact.id} …]\n${tail}`;
}
