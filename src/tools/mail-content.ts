import { z } from "zod";

/** The text of a message, as a model gives it. */
export const mailContent = z
  .string()
  .min(1)
  .max(262_144)
  .refine((text) => new TextEncoder().encode(text).length <= 262_144, "must be at most 256 KB");

/** How long a call may wait without a slot, in seconds. */
export const waitSeconds = z.int().min(1).max(3_600).optional().describe("Seconds; default 600");

export const defaultWaitSeconds = 600;
