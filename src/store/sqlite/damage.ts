/** What is stored cannot be read as it was written: the daemon must stop, and the next start heals it. */
export class DamagedStoreError extends Error {
  override readonly name = "DamagedStoreError";
}

/** JSON that this program wrote. Throws DamagedStoreError if it is none any more. */
export function parseStored(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new DamagedStoreError("A stored text is no longer what was written.");
  }
}
