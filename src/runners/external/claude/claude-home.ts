import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Plugins that it has built in and counts the uses of. */
const builtinPlugins = ["cc-plugin-agents-md", "cc-plugin-privacy", "cc-plugin-plugin-authoring"];

/**
 * Makes a home of a session's own as claude leaves one: it would write this file eight times on its way to the end
 * of its first answer, some 30 ms of its CPU. One that is there already stays. What is in it was seen with
 * 2.1.330; a version that wants more adds it.
 */
export async function settleHome(home: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const file = join(home, ".claude.json");
  await writeFile(file, JSON.stringify(toSettled(Date.now())), { mode: 0o600, flag: "wx" }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    },
  );
}

function toSettled(now: number): object {
  const unused = { usageCount: 0, lastUsedAt: now, lastUsedNumStartups: 0 };
  return {
    firstStartTime: new Date(now).toISOString(),
    migrationVersion: 15,
    // It makes them of chance too.
    machineID: randomBytes(32).toString("hex"),
    userID: randomBytes(32).toString("hex"),
    pluginUsage: Object.fromEntries(builtinPlugins.map((name) => [`${name}@builtin`, unused])),
  };
}
