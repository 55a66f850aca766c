import { isInside } from "../policy/path-rules.ts";

/**
 * PATH without relative entries and without those inside `folder`: there a program called `ls` may be
 * what a model wrote.
 */
export function toTrustedPath(path: string, folder: string): string {
  const entries = path.split(":").filter((entry) => entry.startsWith("/") && !isInside(entry, folder));
  return entries.join(":");
}
