import { findInstall, findTooOld } from "../../core/agent-version.ts";
import type { KnownAgent } from "./agent-book.ts";
import type { VersionBook } from "./probe-version.ts";

/** Why a program is not one that can be started, and what to type. */
export interface Unfit {
  code: "agent-too-old" | "agent-broken";
  detail: string;
  hint: string;
}

/** Whether an agent's program, as it is now on a PATH, is too old or does not start at all; null: it is fit. */
export async function findUnfit(
  { name, isShipped, locate }: Pick<KnownAgent, "name" | "isShipped" | "locate">,
  versions: VersionBook,
  path: string,
): Promise<Unfit | null> {
  const program = locate(path);
  // A program of the user's own may do anything when it is started with a flag that it does not know.
  if (!isShipped || program === undefined) return null;
  const breakdown = await versions.breakdownOf({ agent: name, program, path });
  if (breakdown !== null) {
    const way = findInstall(name);
    const again = way === undefined ? "Install it again" : `Install it again (${way})`;
    return {
      code: "agent-broken",
      detail: `${name} does not start: ${breakdown} It is ${program}.`,
      hint: `${again}, or take another agent.`,
    };
  }
  const tooOld = findTooOld(name, await versions.versionOf({ agent: name, program, path }));
  if (tooOld === undefined) return null;
  return { code: "agent-too-old", ...tooOld, detail: `${tooOld.detail} It is ${program}.` };
}
