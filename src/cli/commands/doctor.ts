import { errorCatalog } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { interruptedExitCode } from "../context.ts";
import { examine } from "../doctor/examine.ts";
import { type Finding, renderFinding } from "../doctor/finding.ts";
import { toJsonText } from "../plain-text.ts";
import type { Colors } from "../terminal.ts";

export const doctor = defineCommand({
  name: "doctor",
  summary:
    "What could keep sessions from running here, and what to do. Starts and changes nothing. Exit code 3 if something has to be put right.",
  examples: ["profclaw doctor", "profclaw doctor --json"],
  async run({ options }, context) {
    const stop = new AbortController();
    // Programs that were asked for their version must not outlive a Ctrl-C.
    using _ = context.onInterrupt(() => stop.abort());
    const findings = await examine(context, stop.signal);
    if (stop.signal.aborted) return interruptedExitCode;
    const faults = findings.filter(({ state }) => state === "fail").length;
    const { terminal } = context;
    if (options.json === true) terminal.print(toJsonText({ ok: faults === 0, findings }));
    else terminal.print(toText(findings, terminal.dataColors));
    return faults === 0 ? 0 : errorCatalog["config-invalid"].exitCode;
  },
});

function toText(findings: readonly Finding[], colors: Colors): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const count = (state: Finding["state"]): number => findings.filter((one) => one.state === state).length;
  const [faults, warnings] = [count("fail"), count("warn")];
  const end =
    faults > 0
      ? `${faults} to put right${warnings > 0 ? `, ${warnings} to look at` : ""}.`
      : `Nothing is in the way${warnings > 0 ? `; ${warnings} to look at` : ""}.`;
  return [...findings.flatMap((finding) => renderFinding(finding, { width, colors })), "", end].join("\n");
}
