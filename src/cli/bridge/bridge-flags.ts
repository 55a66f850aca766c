import { ProfclawError } from "../../core/errors.ts";
import { isPeerName } from "../../core/peer.ts";
import { type ViewerWish, viewerWishes } from "../viewer/find-viewer.ts";
import { parseToolsets, toolsets } from "../../mcp/toolsets.ts";

/** What a client's own configuration says of its bridge. */
export interface BridgeFlags {
  peer?: string;
  toolset?: string;
  /** Where spawns that are to be seen open windows; left out: auto. */
  visible?: ViewerWish;
}

const known = new Set(["peer", "toolset", "visible"]);

/** "--peer a --toolset=b" without a parser, which would cost the bridge 10 MB; null for anything else. */
export function readBridgeFlags(argv: readonly string[]): BridgeFlags | null {
  const flags: Record<string, string> = {};
  for (let at = 0; at < argv.length; at += 1) {
    const [, name = "", inline] = /^--([a-z]+)(?:=(.*))?$/s.exec(argv[at] ?? "") ?? [];
    const value = inline ?? argv[(at += 1)];
    if (!known.has(name) || value === undefined || value.startsWith("--")) return null;
    flags[name] = value;
  }
  return flags;
}

/** Throws invalid-request for a name or a toolset that cannot be. */
export function checkBridgeFlags({ peer, toolset, visible }: BridgeFlags): void {
  if (visible !== undefined && !viewerWishes.some((wish) => wish === visible)) {
    throw new ProfclawError(
      "invalid-request",
      `--visible ${JSON.stringify(visible).slice(0, 80)} is no place.`,
      {
        hint: `There are: ${viewerWishes.join(", ")}.`,
      },
    );
  }
  if (peer !== undefined && !isPeerName(peer)) {
    throw new ProfclawError("invalid-request", `--peer ${JSON.stringify(peer).slice(0, 80)} is no name.`, {
      hint: "Use 1 to 100 printable ASCII characters that are no id: --peer my-agent",
    });
  }
  const unknown = toolset === undefined ? null : parseToolsets(toolset).unknown;
  if (unknown === null) return;
  throw new ProfclawError("invalid-request", `There is no toolset ${JSON.stringify(unknown).slice(0, 80)}.`, {
    hint: `There are: ${Object.keys(toolsets).join(", ")}. Several: --toolset default,aliases`,
  });
}
