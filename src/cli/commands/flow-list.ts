import type { FlowListView } from "../../contract/flow-operations.ts";
import { toShortId } from "../../core/id.ts";
import { defineCommand } from "../command.ts";
import { linkDaemon } from "../daemon-link.ts";
import { toCostText } from "../money-text.ts";
import { toJsonText, toOneLine } from "../plain-text.ts";
import { paintStatus } from "../status-paint.ts";
import { type Column, renderTable } from "../table.ts";
import type { Colors } from "../terminal.ts";

type Listed = FlowListView["flows"][number];

export const flowList = defineCommand({
  name: "flow list",
  summary: "Flows, newest first.",
  examples: ["profclaw flow list"],
  async run({ options }, context) {
    const client = await linkDaemon(context);
    try {
      const list = await client.listFlows({ limit: 100 });
      const { terminal } = context;
      if (options.json === true) terminal.print(toJsonText(list));
      else if (list.flows.length === 0)
        terminal.say("There is no flow yet. Start one: profclaw run flow.yaml");
      else
        terminal.print(
          renderTable(list.flows, toColumns(terminal.dataColors), terminal.dataWidth()).join("\n"),
        );
      return 0;
    } finally {
      client.close();
    }
  },
});

function toColumns(colors: Colors): Column<Listed>[] {
  return [
    { title: "ID", text: ({ id }) => toShortId(id) },
    {
      title: "STATE",
      text: ({ status, degraded }) => (degraded && status === "completed" ? "degraded" : status),
      paint: (text, { status }) => paintStatus(colors, text, status),
    },
    { title: "NAME", text: ({ name }) => toOneLine(name ?? "") },
    { title: "COST", text: ({ cost_usd }) => toCostText(cost_usd), align: "right" },
    { title: "STARTED", text: ({ created_at }) => created_at.replace("T", " ").slice(0, 19) },
  ];
}
