import type { SessionView, TreeNodeView } from "../contract/shapes.ts";
import { toShortId } from "../core/id.ts";
import { toCountText, toStatusText } from "./outcome.ts";
import { toOneLine } from "./plain-text.ts";
import { toElapsedText } from "./session-text.ts";
import type { Look } from "./session-table.ts";
import { paintStatus } from "./status-paint.ts";
import { cutText, fitText } from "./text-width.ts";

const widestStatus = "interrupted".length;

/** Sessions under their parents, oldest first; one whose parent is not among them is a root. */
export function toForest(sessions: readonly SessionView[]): TreeNodeView[] {
  const nodes = new Map(sessions.map((session) => [session.id, toNode(session)]));
  const roots: TreeNodeView[] = [];
  for (const node of [...nodes.values()].toReversed()) {
    const parent = node.session.parent_id === null ? undefined : nodes.get(node.session.parent_id);
    (parent?.children ?? roots).push(node);
  }
  return roots;
}

function toNode(session: SessionView): TreeNodeView {
  return { session, children: [] };
}

/** The trees, by the batch that a person or script spawned. */
export function renderForest(trees: readonly TreeNodeView[], look: Look): string {
  const batches = new Map<string, TreeNodeView[]>();
  for (const tree of trees) {
    const batchId = tree.session.batch_id;
    batches.set(batchId, [...(batches.get(batchId) ?? []), tree]);
  }
  const lines = [...batches].flatMap(([batchId, roots]) => [
    `batch ${toShortId(batchId)}  ${toCountText(roots.length, "session")}`,
    ...renderChildren(roots, "", look),
  ]);
  return lines.join("\n");
}

function renderChildren(nodes: readonly TreeNodeView[], indent: string, look: Look): string[] {
  return nodes.flatMap((node, index) => {
    const isLast = index === nodes.length - 1;
    const line = renderNode(node.session, `${indent}${isLast ? "└── " : "├── "}`, look);
    return [line, ...renderChildren(node.children, `${indent}${isLast ? "    " : "│   "}`, look)];
  });
}

function renderNode(session: SessionView, branch: string, { colors, width, nowMs }: Look): string {
  const status = fitText(toStatusText(session.status), widestStatus);
  const time = toElapsedText(session, nowMs);
  const before = `${branch}${toShortId(session.id)}  ${status}  `;
  const task = toOneLine(session.name ?? session.task);
  const after = cutText(time === "" ? task : `${task}  (${time})`, Math.max(8, width - before.length));
  return `${branch}${toShortId(session.id)}  ${paintStatus(colors, status, session.status)}  ${after}`;
}
