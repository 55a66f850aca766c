import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";

/** Which text of each tool a person has let through: what it says of itself, by hash. */
export interface TextBook {
  /** Undefined: none yet. */
  find(key: string): Promise<string | undefined>;
  record(key: string, sha256: string): Promise<void>;
}

const schema = z.record(z.string(), z.string());

/** The book in a file of the state folder, 0600. A damaged one knows nothing, so everything asks again. */
export function createTextBook(file: string): TextBook {
  let known: Promise<Record<string, string>> | undefined;
  let writing: Promise<unknown> = Promise.resolve();
  const read = (): Promise<Record<string, string>> => (known ??= readBook(file));
  const write = async (key: string, sha256: string): Promise<void> => {
    const next = { ...(await read()), [key]: sha256 };
    const temporary = `${file}.${randomUUID()}`;
    await writeFile(temporary, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
    await rename(temporary, file);
    known = Promise.resolve(next);
  };
  return {
    async find(key) {
      const book = await read();
      return Object.hasOwn(book, key) ? book[key] : undefined;
    },
    async record(key, sha256) {
      if ((await read())[key] === sha256) return;
      const done = writing.then(() => write(key, sha256));
      writing = done.catch(() => undefined);
      await done;
    },
  };
}

async function readBook(file: string): Promise<Record<string, string>> {
  try {
    return schema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return {};
  }
}
