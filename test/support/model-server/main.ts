import { parseArgs } from "node:util";
import { scripts } from "./scripts.ts";
import { startModelServer } from "./start-model-server.ts";

/**
 * The model server as a process of its own: `node main.ts --script echo [--port 0] [--brief]`. Prints
 * one line of JSON, `{"url": …}`; ends on SIGTERM or SIGINT.
 */
async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      script: { type: "string", default: "echo" },
      port: { type: "string", default: "0" },
      brief: { type: "boolean", default: false },
    },
  });
  const script = scripts[values.script];
  if (script === undefined) {
    process.stderr.write(`No script "${values.script}". There are: ${Object.keys(scripts).join(", ")}\n`);
    process.exit(2);
  }
  const server = await startModelServer({ script, port: Number(values.port), keepBodies: !values.brief });
  process.stdout.write(
    `${JSON.stringify({ url: server.url, anthropicUrl: server.anthropicUrl, openaiUrl: server.openaiUrl, groqUrl: server.groqUrl })}\n`,
  );
  const stop = (): void => {
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

await run();
