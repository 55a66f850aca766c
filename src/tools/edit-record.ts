import { z } from "zod";
import type { ToolPreparation } from "../core/tool-context.ts";

/** Hashes of a file before and after a change; null where the change can not be made. */
const editRecord = z.object({ before: z.string().nullable(), after: z.string().nullable() });

/** What `prepare` wrote to the journal, read back after a crash. */
export function toEditRecord(prepared: ToolPreparation): z.infer<typeof editRecord> {
  return editRecord.parse(prepared);
}
