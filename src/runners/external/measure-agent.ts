import type { RecordedProgram } from "../../sandbox/recorded/recorded-program.ts";
import type { MemoryBook } from "./agent-memory.ts";

const firstAfterMs = 4_000;
const everyMs = 30_000;

/** Notes now and then what a running agent takes, until disposed of. It costs some small files each time. */
export function measureAgent(
  memory: Pick<MemoryBook, "note">,
  agent: string,
  program: Pick<RecordedProgram, "readMemory">,
): Disposable {
  const measure = (): void => {
    void program.readMemory().then((bytes) => bytes !== null && memory.note(agent, bytes));
  };
  let timer = setTimeout(() => {
    measure();
    timer = setInterval(measure, everyMs).unref();
  }, firstAfterMs).unref();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
