import { readFile } from "node:fs/promises";

/** A manifest's folder, and the target as the runner there names it: "" for the folder itself. */
export interface TestFolder {
  folder: string;
  target: string;
  isFile: boolean;
  filter: string | null;
  workspace: string;
}

/** How tests are run. The first of `argvs` whose program exists is taken. */
export type TestPlan =
  | {
      kind: "planned";
      runner: string;
      argvs: readonly [string, ...string[]][];
      folder: string;
      environment: Record<string, string>;
      notes: string[];
    }
  | { kind: "impossible"; reason: string };

/** A manifest's text; undefined if there is none. */
export async function readManifest(
  { folder }: { folder: string },
  name: string,
): Promise<string | undefined> {
  try {
    return await readFile(`${folder}/${name}`, "utf8");
  } catch {
    return undefined;
  }
}

/** A plan without an environment of its own. */
export function planned(plan: {
  runner: string;
  argvs: readonly [string, ...string[]][];
  folder: string;
  notes: string[];
}): TestPlan {
  return { kind: "planned", environment: {}, ...plan };
}

/** A refusal, with what to do instead. */
export function impossible(reason: string): TestPlan {
  return { kind: "impossible", reason };
}
