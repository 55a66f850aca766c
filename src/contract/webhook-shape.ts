import { z } from "zod";
import { isWebhookSecret, isWebhookUrl, webhookEvents } from "../core/webhook.ts";

/** Who is told of a batch's ends. */
export const webhookShape = z
  .strictObject({
    url: z
      .string()
      .refine(isWebhookUrl, "must be an http(s) URL without user and password")
      .describe("loopback and private addresses only with the token"),
    secret: z
      .string()
      .refine(isWebhookSecret, "must be whsec_ and 24 bytes or more in base64")
      .describe("signs each delivery, by Standard Webhooks"),
    events: z.array(z.enum(webhookEvents)).min(1).optional().describe("left out: all"),
  })
  .describe("told of the ends of these sessions and of the batch, and of what asks for leave");

export type WebhookInput = z.infer<typeof webhookShape>;
