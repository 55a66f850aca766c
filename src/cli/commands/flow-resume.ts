import type { FlowFile } from "../../contract/flow-shapes.ts";
import { collect, defineCommand } from "../command.ts";
import { linkAndGreet } from "../daemon-link.ts";
import { parseUsdFlag } from "../flag-values.ts";
import { toVars } from "../flow/flow-vars.ts";
import { toOnlyId } from "../flow/only-id.ts";
import { watchFlow } from "../flow/watch-flow.ts";
import { toJsonText } from "../plain-text.ts";

interface ResumeFlags {
  file?: string;
  var?: string[];
  budget?: string;
  detach?: boolean;
}

export const flowResume = defineCommand<ResumeFlags>({
  name: "flow resume",
  summary: "Let an ended flow go on: what failed is tried again, what is finished is not run again.",
  examples: ["profclaw flow resume 5388", "profclaw flow resume 5388 -f flow.yaml"],
  declare: (parser) =>
    void parser
      .argument("<id>", "a flow's id or the start of one")
      .option("-f, --file <flow.yaml>", "the flow as it is now: steps that ask the same are kept")
      .option("--var <name=value>", "another value; may be repeated", collect)
      .option("--budget <usd>", "what all of it may spend, its earlier lives counted")
      .option("-d, --detach", "return at once"),
  async run({ args, options }, context) {
    const { file, budget } = options;
    const vars = toVars(options.var ?? []);
    const read = file === undefined ? undefined : await readFlowFile(file, vars, context.cwd);
    const client = await linkAndGreet(context);
    try {
      const body = {
        id: toOnlyId(args),
        vars,
        ...(read === undefined ? {} : { flow: read.flow }),
        ...(budget === undefined ? {} : { budget_usd: parseUsdFlag("--budget", budget) }),
      };
      const asJson = options.json === true;
      const resumed = await (read?.place(() => client.resumeFlow(body)) ?? client.resumeFlow(body));
      if (options.detach !== true) return await watchFlow({ client, flow: resumed, context, asJson });
      context.terminal.print(asJson ? toJsonText(resumed) : resumed.id);
      return 0;
    } finally {
      client.close();
    }
  },
});

interface ReadFile {
  flow: FlowFile;
  /** Does what is asked of the daemon; its refusals are told by line and column. */
  place<Value>(work: () => Promise<Value>): Promise<Value>;
}

async function readFlowFile(
  file: string,
  vars: Readonly<Record<string, string>>,
  cwd: string,
): Promise<ReadFile> {
  const { readPlanText } = await import("../flow/read-plan-file.ts");
  const { withPlaces } = await import("../flow/with-places.ts");
  const { parseFlow } = await import("../../patterns/parse-flow.ts");
  const plan = readPlanText(file, cwd);
  return { flow: parseFlow(plan, vars), place: (work) => withPlaces(plan, work) };
}
