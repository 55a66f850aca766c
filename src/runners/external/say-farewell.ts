import { setTimeout as sleep } from "node:timers/promises";
import type { RecordedProgram } from "../../sandbox/recorded/recorded-program.ts";
import type { OutputReader } from "./driver.ts";

// Agents were seen to take 3 to 56 ms for it.
const farewellMs = 200;

/** Tells an agent by its own protocol that it is ended, and gives it a moment to put things in order. */
export async function sayFarewell(reader: OutputReader, program: RecordedProgram): Promise<void> {
  const last = reader.farewell?.() ?? [];
  if (last.length === 0 || program.hasEnd()) return;
  for (const { id, text } of last) program.write(id, text);
  const deadline = performance.now() + farewellMs;
  while (!program.hasEnd() && performance.now() < deadline) await sleep(20);
}
