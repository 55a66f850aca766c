import { findTooOld } from "../../core/agent-version.ts";
import type { KnownAgent } from "./agent-book.ts";
import type { VersionBook } from "./probe-version.ts";

/** Why an agent's program, as it is now on a PATH, is too old to be started, and what to type; null: it is not. */
export async function findUnfit(
  { name, isShipped, locate }: Pick<KnownAgent, "name" | "isShipped" | "locate">,
  versions: VersionBook,
  path: string,
): Promise<{ detail: string; hint: string } | null> {
  const program = locate(path);
  // A program of the user's own may do anything when it is started with a flag that it does not know.
  if (!isShipped || program === undefined) return null;
  const tooOld = findTooOld(name, await versions.versionOf(program, path));
  return tooOld === undefined ? null : { ...tooOld, detail: `${tooOld.detail} It is ${program}.` };
}
