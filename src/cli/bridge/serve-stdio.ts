import type { CliContext } from "../context.ts";
import { type BridgeFlags, checkBridgeFlags } from "./bridge-flags.ts";
import { openDaemonLink } from "./open-link.ts";
import { toOpener, withWindows } from "./show-windows.ts";
import { runBridge } from "./run-bridge.ts";

/** Serves a client on stdin and stdout until it closes its end. */
export async function serveStdio(context: CliContext, flags: BridgeFlags): Promise<number> {
  checkBridgeFlags(flags);
  using link = openDaemonLink(context, flags);
  const { terminal } = context;
  const open = toOpener(context, flags.visible ?? "auto");
  const forward = open === null ? link.forward : withWindows(link.forward, open);
  await runBridge({ input: process.stdin, write: (line) => terminal.print(line), forward });
  return 0;
}
