/** One piece of a text with templates: literal, or a name in braces. `offset` counts characters from its start. */
export type TemplatePart =
  | { kind: "text"; text: string }
  | { kind: "name"; path: string[]; source: string; offset: number };

const placeholder = /\\\{\{|\{\{([^{}]*)\}\}|\{\{/g;

/**
 * "Do {{ steps.plan.result }}" → its pieces. `\{{` is the two braces themselves. A name that is not closed or empty
 * is a piece with an empty path.
 */
export function parseTemplate(text: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let done = 0;
  for (const match of text.matchAll(placeholder)) {
    if (match.index > done) parts.push({ kind: "text", text: text.slice(done, match.index) });
    parts.push(toPart(match));
    done = match.index + match[0].length;
  }
  if (done < text.length) parts.push({ kind: "text", text: text.slice(done) });
  return parts;
}

function toPart(match: RegExpExecArray): TemplatePart {
  const [source, inner = ""] = match;
  if (source === "\\{{") return { kind: "text", text: "{{" };
  const name = inner.trim();
  const path = /^[\w-]+(\.[\w-]+)*$/.test(name) ? name.split(".") : [];
  return { kind: "name", path, source, offset: match.index };
}

/** Every name in a text. */
export function listNames(text: string): Extract<TemplatePart, { kind: "name" }>[] {
  return parseTemplate(text).filter((part) => part.kind === "name");
}

/** The text with each name replaced by what `look` says. What comes in is never read as a template again. */
export function renderTemplate(text: string, look: (path: readonly string[]) => string): string {
  return parseTemplate(text)
    .map((part) => (part.kind === "text" ? part.text : look(part.path)))
    .join("");
}

/** The path of a text that is one name and nothing else; undefined for any other. */
export function toOnlyName(text: string): string[] | undefined {
  const parts = parseTemplate(text.trim());
  const [only] = parts;
  return parts.length === 1 && only?.kind === "name" ? only.path : undefined;
}
