import { escapeHidden } from "../core/plain-text.ts";

export { toOneLine, toPlainText, toVisibleText } from "../core/plain-text.ts";

/** A value as JSON for a terminal. */
export function toJsonText(value: unknown, indent = 2): string {
  return escapeHidden(JSON.stringify(value, null, indent));
}
