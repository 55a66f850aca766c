import { enableCompileCache } from "node:module";
import { type CliContext, interruptedExitCode } from "./context.ts";

/**
 * The command line. `argv` is what was typed after `profclaw`; resolves to the exit code once all
 * output is with the system. Ends the process itself only at a second Ctrl-C.
 */
export async function main(argv: readonly string[]): Promise<number> {
  // Before anything is imported: it halves the time that the imports take.
  enableCompileCache();
  const { createContext } = await import("./create-context.ts");
  const context = createContext();
  const code = await runWords(argv, context);
  await context.terminal.flush();
  return code;
}

/** Runs one command in a given world. Never throws: what goes wrong is told and becomes the exit code. */
export async function runWords(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    const { findCommand } = await import("./find-command.ts");
    const typed = findCommand(argv);
    if (argv.length === 0 && context.terminal.canAsk && context.terminal.showsData) {
      const { runBoard } = await import("./board/run-board.ts");
      return await runBoard(context);
    }
    if (typed.kind === "help") {
      const { renderOverview } = await import("./overview.ts");
      context.terminal.print(renderOverview(typed.group));
      return 0;
    }
    const command = await typed.entry.load();
    return await command.run(typed.argv, context);
  } catch (error) {
    if (context.terminal.closed.aborted) return 0;
    const { InterruptedError } = await import("./interrupted-error.ts");
    if (error instanceof InterruptedError) return interruptedExitCode;
    const { reportFailure } = await import("./failure.ts");
    return reportFailure(error, context, wantsJson(argv));
  }
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? argv.length : end).includes("--json");
}
