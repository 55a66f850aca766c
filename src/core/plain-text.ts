/**
 * What models and tools print is data: nothing of it may move the cursor, set a title, paint, reverse
 * the reading order or hide. Two steps: whole escape sequences go, single odd characters show.
 */

/* oxlint-disable no-control-regex, no-misleading-character-class -- odd characters are what this file is about */
const sequences =
  // CSI; then OSC, DCS, SOS, PM and APC with their end; then the two-character escapes.
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u0090\u0098\u009c-\u009f]*(?:\u0007|\u001b\\|\u009c)|\u001b[ -/]*[0-Z\\^-~]/g;
const controls = /[\u0000-\u0008\u000b-\u001f]/g;
const hidden =
  /[\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;
// What stands in for a space, or for nothing, and would pass for it.
const blanks = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\ufe00-\ufe0f]/gu;
/* oxlint-enable no-control-regex, no-misleading-character-class */

/** Safe to print on a terminal: newlines and tabs stay, all else that is not plain text is shown or gone. */
export function toPlainText(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(sequences, "")
    .replaceAll(controls, (character) => String.fromCodePoint(0x2400 + (character.codePointAt(0) ?? 0)))
    .replaceAll(hidden, toCodeName);
}

/**
 * The same, but nothing goes: whoever is asked for a yes must see every character that would be run, a
 * carriage return, an escape and an odd space among them.
 */
export function toVisibleText(text: string): string {
  return text
    .replaceAll(controls, (character) => String.fromCodePoint(0x2400 + (character.codePointAt(0) ?? 0)))
    .replaceAll(hidden, toCodeName)
    .replaceAll(blanks, toCodeName);
}

/** The same on one line, for tables and headers. */
export function toOneLine(text: string): string {
  return toPlainText(text).replaceAll(/\s+/g, " ").trim();
}

/** JSON text that is as safe: what JSON leaves bare is escaped, so nothing is lost. */
export function escapeHidden(json: string): string {
  return json.replaceAll(hidden, (character) =>
    character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

function toCodeName(character: string): string {
  return `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}>`;
}
