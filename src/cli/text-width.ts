const wide =
  /^(?:[\u1100-\u115f\u231a\u231b\u23e9-\u23ec\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f1e6}-\u{1f1ff}\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|.\ufe0f)/u;
const zero = /^\p{Mark}+$/u;
const narrow = /^[ -~]*$/;

let segmenter: Intl.Segmenter | undefined;

/** Columns that a text takes on a terminal: East Asian characters and emoji take two, marks none. */
export function toTextWidth(text: string): number {
  if (narrow.test(text)) return text.length;
  let width = 0;
  for (const { segment } of split(text)) width += toCharacterWidth(segment);
  return width;
}

/** At most `width` columns; what is cut shows as an ellipsis. */
export function cutText(text: string, width: number): string {
  if (toTextWidth(text) <= width) return text;
  if (width <= 0) return "";
  let kept = "";
  let used = 0;
  for (const { segment } of split(text)) {
    used += toCharacterWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Its end, at most `width` columns; what is cut shows as an ellipsis. */
export function cutTextStart(text: string, width: number): string {
  if (toTextWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of [...split(text)].toReversed()) {
    used += toCharacterWidth(segment);
    if (used > width - 1) break;
    kept = segment + kept;
  }
  return `…${kept}`;
}

/** All of it, in lines of at most `width` columns, broken at a blank where one is near; an empty text is one line. */
export function wrapText(text: string, width: number): string[] {
  if (toTextWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const { segment } of split(text)) {
    const more = toCharacterWidth(segment);
    if (used + more > width) {
      const at = toBreak(line);
      lines.push(line.slice(0, at));
      line = line.slice(at);
      used = toTextWidth(line);
    }
    line += segment;
    used += more;
  }
  return [...lines, line];
}

/** Behind the last blank of its second half, else its end. */
function toBreak(line: string): number {
  const blank = line.lastIndexOf(" ") + 1;
  return blank > line.length / 2 ? blank : line.length;
}

/** Exactly `width` columns. */
export function fitText(text: string, width: number, align: "left" | "right" = "left"): string {
  const cut = cutText(text, width);
  const padding = " ".repeat(Math.max(0, width - toTextWidth(cut)));
  return align === "left" ? `${cut}${padding}` : `${padding}${cut}`;
}

function split(text: string): Iterable<{ segment: string }> {
  // Made late: it costs a few milliseconds, and most texts are plain ASCII.
  segmenter ??= new Intl.Segmenter();
  return segmenter.segment(text);
}

function toCharacterWidth(character: string): number {
  if (zero.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
