import type { AgentListView } from "../../contract/agent-operations.ts";
import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toJsonText, toOneLine } from "../plain-text.ts";
import { type Column, renderTable } from "../table.ts";

type Agent = AgentListView["agents"][number];

export const agentList = defineCommand({
  name: "agent list",
  summary: "What can run a session: our own loop, agents found on PATH, and programs of your settings.",
  examples: ["profclaw agent list", 'profclaw agent spawn --agent claude --task "Review src/auth"'],
  async run({ options }, context) {
    const client = await linkDaemon(context);
    try {
      const list = await client.listAgents({});
      const { terminal } = context;
      terminal.print(
        options.json === true
          ? toJsonText(list)
          : renderTable(list.agents, columns, terminal.dataWidth()).join("\n"),
      );
      return 0;
    } finally {
      client.close();
    }
  },
});

const columns: Column<Agent>[] = [
  { title: "AGENT", text: ({ name }) => toOneLine(name) },
  { title: "STATUS", text: toStatus },
  { title: "VERSION", text: ({ version }) => toOneLine(version ?? ""), shrinkTo: 10 },
  { title: "LEVEL", text: ({ level }) => level ?? "", dropOrder: 2 },
  {
    title: "MEMORY",
    text: ({ memory_mb: memory }) => (memory === null ? "" : `${memory} MB`),
    dropOrder: 4,
  },
  { title: "TAKES", text: ({ takes }) => takes.join(","), shrinkTo: 20, dropOrder: 1 },
  { title: "PROGRAM", text: ({ program }) => toOneLine(program ?? ""), shrinkTo: 20, dropOrder: 3 },
];

function toStatus({ status, by, least_version: least }: Agent): string {
  const text = `${status.replaceAll("-", " ")}${by === null ? "" : `, by ${toOneLine(by)}`}`;
  return status === "too-old" && least !== null ? `${text}: needs ${least}` : text;
}
