import { z } from "zod";
import { parseUsd } from "../core/money.ts";

const range = "must be an amount in USD above 0, at most 1000000, with up to six decimals";

/** Money off the wire: a decimal string, or a number. */
export const budgetUsd = z
  .union([z.string(), z.number()], { error: range })
  .refine((value) => parseUsd(value) !== undefined, range);

export const budgetTokens = z.int().min(1);
