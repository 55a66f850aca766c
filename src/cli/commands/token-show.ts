import { existsSync, readFileSync } from "node:fs";
import type { TokenView } from "../../contract/daemon-operations.ts";
import { ProfclawError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText } from "../plain-text.ts";

export const tokenShow = defineCommand({
  name: "token show",
  summary: "Print the admin token. Who has it may do everything that you may; on this machine you need none.",
  examples: ["profclaw token show", 'curl -H "Authorization: Bearer $(profclaw token show)" …'],
  async run({ options }, context) {
    const path = context.paths.token;
    // A first daemon makes it.
    if (!existsSync(path)) (await linkDaemon(context)).close();
    const found: TokenView = { token: readToken(path), path };
    context.terminal.print(options.json === true ? toJsonText(found) : found.token);
    return 0;
  },
});

function readToken(path: CliContext["paths"]["token"]): string {
  const text = existsSync(path) ? readFileSync(path, "utf8").trim() : "";
  if (text !== "") return text;
  throw new ProfclawError("not-found", `There is no token in ${path}.`, {
    hint: "Make another one: profclaw token rotate",
  });
}
