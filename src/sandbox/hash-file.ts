import { createHash } from "node:crypto";
import { openForReading } from "./open-safe.ts";

/** What stands for a file that does not exist. */
export const missingFileHash = "missing";

/** SHA-256 of a text as UTF-8, in hex. */
export function hashText(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** SHA-256 of a file's bytes, in hex; `missingFileHash` if it is not there. `real` is its real path. */
export async function hashFile(real: string): Promise<string> {
  let handle: Awaited<ReturnType<typeof openForReading>>;
  try {
    handle = await openForReading(real);
  } catch (fault) {
    if (fault instanceof Error && Reflect.get(fault, "code") === "ENOENT") return missingFileHash;
    throw fault;
  }
  try {
    const hash = createHash("sha256");
    for await (const chunk of handle.createReadStream({ autoClose: false })) hash.update(chunk);
    return hash.digest("hex");
  } finally {
    await handle.close();
  }
}
