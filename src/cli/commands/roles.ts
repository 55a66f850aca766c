import type { RoleListView } from "../../contract/role-operations.ts";
import { resolve } from "node:path";
import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText, toOneLine } from "../plain-text.ts";
import { type Column, renderTable } from "../table.ts";

type Role = RoleListView["roles"][number];

export const roles = defineCommand<{ cwd?: string }>({
  name: "roles",
  summary: "The roles a session may take: nine of ours, and .claude/agents/*.md of the project and of you.",
  examples: ["profclaw roles", 'profclaw agent spawn --role skeptic --task "Review src/auth"'],
  declare(parser) {
    parser.option("--cwd <folder>", "the folder whose project counts; default here");
  },
  async run({ options }, context) {
    const client = await linkDaemon(context);
    try {
      const list = await client.listRoles({ cwd: resolve(context.cwd, options.cwd ?? ".") });
      const { terminal } = context;
      terminal.print(
        options.json === true
          ? toJsonText(list)
          : renderTable(list.roles, columns, terminal.dataWidth()).join("\n"),
      );
      for (const warning of list.warnings) terminal.say(`warning: ${toOneLine(warning)}`);
      return 0;
    } finally {
      client.close();
    }
  },
});

const columns: Column<Role>[] = [
  { title: "ROLE", text: ({ name }) => toOneLine(name) },
  { title: "FROM", text: ({ source, trusted }) => (trusted ? source : `${source}, not trusted`) },
  { title: "MODEL", text: toModel, dropOrder: 2 },
  { title: "TOOLS", text: ({ tools }) => tools?.join(",") ?? "", shrinkTo: 10, dropOrder: 1 },
  { title: "WHAT IT DOES", text: ({ description }) => toOneLine(description), shrinkTo: 20 },
];

function toModel({ provider, model }: Role): string {
  return toOneLine([provider, model].filter((part) => part !== null).join("/"));
}
