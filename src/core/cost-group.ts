/** What a cost report can be grouped by. A tree is all that one spawn of a person or peer led to. */
export const costGroups = ["model", "provider", "session", "batch", "tree", "label", "day"] as const;

export type CostGroup = (typeof costGroups)[number];
