import type { CliContext } from "../context.ts";
import { type Finding, toFailure } from "./finding.ts";
import { lookAtAgents } from "./look-at-agents.ts";
import { lookAtDaemon } from "./look-at-daemon.ts";
import { lookAtDatabase } from "./look-at-database.ts";
import {
  lookAtGit,
  lookAtNode,
  lookAtProxy,
  lookAtSearch,
  lookAtSqlite,
  lookAtTls,
} from "./look-at-machine.ts";
import { lookAtConfig } from "./look-at-config.ts";
import { lookAtKeys } from "./look-at-keys.ts";
import { lookAtDisk, lookAtState } from "./look-at-state.ts";

type Look = () => Finding | Finding[] | Promise<Finding | Finding[]>;

/** A program that says its version later than that is taken as one that does not. */
const programMs = 1_200;

/** Looks at everything at once; what cannot be looked at is a finding too. In the order in which it is shown. */
export async function examine(context: CliContext, signal: AbortSignal): Promise<Finding[]> {
  const patience = { withinMs: programMs, signal };
  const { env, paths, clock } = context;
  const looks: [string, Look][] = [
    ["node", lookAtNode],
    ["sqlite", () => lookAtSqlite()],
    ["state", () => lookAtState(paths, process.getuid?.())],
    ["disk", () => lookAtDisk(paths)],
    ["database", () => lookAtDatabase(paths, clock.now())],
    ["config", () => lookAtConfig(context)],
    ["keys", () => lookAtKeys(context)],
    ["daemon", () => lookAtDaemon(context)],
    ["proxy", () => lookAtProxy(env)],
    ["tls", () => lookAtTls(env)],
    ["git", () => lookAtGit(env, patience)],
    ["search", lookAtSearch],
    ["agents", () => lookAtAgents(context, patience)],
  ];
  const found = await Promise.all(looks.map(([check, look]) => guard(check, look)));
  return found.flat();
}

async function guard(check: string, look: Look): Promise<Finding | Finding[]> {
  try {
    return await look();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return toFailure(
      check,
      `It cannot be looked at: ${text}`,
      "See to the folder or file that is named there.",
    );
  }
}
