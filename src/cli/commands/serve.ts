import { defineCommand } from "../command.ts";
import { parseWholeFlag } from "../flag-values.ts";
import { toJsonText } from "../plain-text.ts";
import { renderCurl } from "./up.ts";

interface ServeFlags {
  port?: string;
  host?: string;
}

export const serveCommand = defineCommand<ServeFlags>({
  name: "serve",
  summary: "Run the daemon in the foreground, with the REST API on a port.",
  examples: ["profclaw serve", "profclaw serve --port 4000"],
  declare(parser) {
    parser
      .option("--port <n>", "default 3000, or a free one where that is taken")
      .option("--host <address>", "default 127.0.0.1 and ::1; any other than loopback needs the token");
  },
  async run({ options }, context) {
    const port =
      options.port === undefined
        ? undefined
        : parseWholeFlag("--port", options.port, { least: 0, most: 65_535 });
    const { serve } = await import("../../daemon/serve.ts");
    const { paths, env, cwd, version, terminal } = context;
    return serve({
      paths,
      env,
      cwd,
      version,
      port,
      host: options.host,
      onReady(daemon) {
        const urls = daemon.urls();
        const { pid, home } = daemon;
        if (options.json === true)
          terminal.print(toJsonText({ version, pid, port: daemon.port(), urls, home }, 0));
        terminal.say(`profclaw ${version} serves ${urls.join(" and ")}; Ctrl-C stops it.`);
        for (const line of renderCurl({ urls })) terminal.say(line);
      },
      say: (line) => terminal.say(line),
    });
  },
});
