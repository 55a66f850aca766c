/** How long an ended session is kept, with its journal, mail and artifacts, ms. */
export const keptMs = 30 * 24 * 3_600_000;
