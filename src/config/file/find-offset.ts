import type { Document, Node } from "yaml";
import { loadYaml } from "../load-yaml.ts";
import type { ConfigPath } from "./config-file.ts";

/** Where a value, or its key, begins in the text of a document; undefined if it is not there. */
export function findOffset(document: Document, path: ConfigPath, at: "key" | "value"): number | undefined {
  const { isNode } = loadYaml();
  let node: unknown = document.contents;
  let key: unknown = null;
  for (const part of path) {
    const step = stepInto(toNode(node, document), part);
    if (step === undefined) return undefined;
    ({ key, value: node } = step);
  }
  const wanted = at === "key" || !isNode(node) ? (key ?? node) : node;
  return isNode(wanted) ? wanted.range?.[0] : undefined;
}

function toNode(node: unknown, document: Document): Node | undefined {
  const { isAlias, isNode } = loadYaml();
  const target = isAlias(node) ? node.resolve(document) : node;
  return isNode(target) ? target : undefined;
}

function stepInto(
  node: Node | undefined,
  part: string | number,
): { key: unknown; value: unknown } | undefined {
  const { isMap, isScalar, isSeq } = loadYaml();
  if (isSeq(node)) return Number(part) < node.items.length ? toItem(node.items[Number(part)]) : undefined;
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
  return pair === undefined ? undefined : { key: pair.key, value: pair.value };
}

function toItem(value: unknown): { key: unknown; value: unknown } {
  return { key: value, value };
}
