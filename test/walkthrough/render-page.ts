import type { Scene } from "./scenes.ts";

/** The page: a section for each scene, with its picture. */
export function renderPage(scenes: readonly Scene[]): string {
  return [
    "# A walk through",
    "",
    "Every picture is a real run of the built program on scripted models, on a terminal; ids, times, sizes and folders are",
    "made the same for every run. `npm run walkthrough` makes this page and its pictures anew.",
    ...scenes.flatMap(toSection),
    "",
    "More: [settings](settings.md), [approvals](approvals.md), [policy](policy.md), [roles](roles.md), [JSON](json.md),",
    "[the client](client.md), [webhooks](webhooks.md), [errors](errors.md), [security](security.md).",
    "",
  ].join("\n");
}

function toSection({ name, title, text }: Scene): string[] {
  return ["", `## ${title}`, "", text, "", `![${title}](walkthrough/${name}.svg)`];
}
