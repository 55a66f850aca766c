import { priceCall } from "../../providers/price-call.ts";
import type { AgentNews } from "./driver.ts";

/** Turns with a count of tokens and no cost of the agent's own get one by our price list, where it knows their model. */
export function priceNews(provider: string, news: readonly AgentNews[]): Promise<AgentNews[]> {
  return Promise.all(
    news.map(async (one) => {
      if (one.kind !== "turn" || one.costUsd !== null || one.usage === null) return one;
      if (one.model === undefined || one.model === null) return one;
      return { ...one, priced: await priceCall({ provider, model: one.model, usage: one.usage }) };
    }),
  );
}
