import type { SessionDiffView } from "../contract/worktree-operations.ts";
import { toCountText } from "./outcome.ts";
import { toOneLine } from "./plain-text.ts";

type ChangedFile = SessionDiffView["files"][number];

/** "changed  src/a.ts  +3 -1". */
export function toFileLine({ path, kind, added, removed }: ChangedFile): string {
  const lines = added === null || removed === null ? "not text" : `+${added} -${removed}`;
  return `${kind.padEnd(8)} ${toOneLine(path)}  ${lines}`;
}

/** "3 files changed (+10 -2)". */
export function toChangesText(files: readonly ChangedFile[]): string {
  if (files.length === 0) return "Nothing changed";
  const added = files.reduce((sum, file) => sum + (file.added ?? 0), 0);
  const removed = files.reduce((sum, file) => sum + (file.removed ?? 0), 0);
  return `${toCountText(files.length, "file")} changed (+${added} -${removed})`;
}
