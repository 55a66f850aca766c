/** What a searched text is: what was asked, what a model said or a tool answered, what came out, what was written down. */
export const textKinds = ["task", "turn", "tool", "result", "message", "finding", "note"] as const;
export type TextKind = (typeof textKinds)[number];
