/** What a cost report can be grouped by. */
export const costGroups = ["model", "provider", "session", "batch", "day"] as const;

export type CostGroup = (typeof costGroups)[number];
