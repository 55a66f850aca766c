import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { Clock } from "../core/clock.ts";
import { type SettingsFile, hashSettings, readFolderSettings } from "../sandbox/folder-settings.ts";

/** `changed`: it was trusted with other content than it has now, so it is not any more. */
export type TrustState = "trusted" | "changed" | "untrusted";

/** A folder as it is now, and whether a person trusts exactly that. */
export interface FolderTrust {
  folder: string;
  state: TrustState;
  trustedAt: number | null;
  /** What a person says yes to. */
  content: string;
  files: SettingsFile[];
  /** Files that differ from what was trusted. */
  changed: string[];
}

const recordSchema = z.object({
  folder: z.string(),
  trusted_at: z.number(),
  files: z.array(z.object({ path: z.string(), sha256: z.string() })),
});

const fileSchema = z.object({ folders: z.array(recordSchema) });

type TrustRecord = z.infer<typeof recordSchema>;

/** Whose own settings may widen: folders by real path, with the content that a person saw. */
export interface TrustBook {
  /**
   * How a folder stands, given what was just read from one of its files: trusted only if those very bytes
   * are, and all the others as they are now. Never rejects: what can not be read is not trusted.
   */
  stateOf(folder: string, read: Pick<SettingsFile, "path" | "sha256">): Promise<TrustState>;
  inspect(folder: string): Promise<FolderTrust>;
  /** False if the folder's content is another than this one by now. */
  trust(folder: string, content: string): Promise<boolean>;
  /** False if it was not on record. */
  remove(folder: string): Promise<boolean>;
  list(): Promise<FolderTrust[]>;
}

/** The book in a file of the state folder, 0600. A damaged one trusts nobody. */
export function createTrustBook(file: string, clock: Pick<Clock, "now">): TrustBook {
  return new FileTrustBook(file, clock);
}

class FileTrustBook implements TrustBook {
  private readonly file: string;
  private readonly clock: Pick<Clock, "now">;
  private known: Promise<TrustRecord[]> | undefined;
  /** Changes, one after the other. */
  private changes: Promise<unknown> = Promise.resolve();

  constructor(file: string, clock: Pick<Clock, "now">) {
    this.file = file;
    this.clock = clock;
  }

  async stateOf(folder: string, read: Pick<SettingsFile, "path" | "sha256">): Promise<TrustState> {
    const record = await this.find(folder);
    if (record === undefined) return "untrusted";
    const isKnown = record.files.some(({ path, sha256 }) => path === read.path && sha256 === read.sha256);
    if (!isKnown) return "changed";
    return (await this.inspect(folder).catch(() => null))?.state ?? "changed";
  }

  async inspect(folder: string): Promise<FolderTrust> {
    return toTrust(folder, await readFolderSettings(folder), await this.find(folder));
  }

  async trust(folder: string, content: string): Promise<boolean> {
    const files = await readFolderSettings(folder);
    if (hashSettings(files) !== content) return false;
    const record = {
      folder,
      trusted_at: this.clock.now(),
      files: files.map(({ path, sha256 }) => ({ path, sha256 })),
    };
    await this.change((records) => [...records.filter((other) => other.folder !== folder), record]);
    return true;
  }

  async remove(folder: string): Promise<boolean> {
    let wasThere = false;
    await this.change((records) => {
      wasThere = records.some((record) => record.folder === folder);
      return records.filter((record) => record.folder !== folder);
    });
    return wasThere;
  }

  async list(): Promise<FolderTrust[]> {
    const records = await this.read();
    return Promise.all(
      records.map(async (record) => {
        const files = await readFolderSettings(record.folder).catch(() => []);
        return toTrust(record.folder, files, record);
      }),
    );
  }

  private async find(folder: string): Promise<TrustRecord | undefined> {
    return (await this.read()).find((record) => record.folder === folder);
  }

  private read(): Promise<TrustRecord[]> {
    return (this.known ??= readRecords(this.file));
  }

  private change(toNext: (records: TrustRecord[]) => TrustRecord[]): Promise<void> {
    const done = this.write(this.changes, toNext);
    this.changes = done.catch(() => undefined);
    return done;
  }

  private async write(
    before: Promise<unknown>,
    toNext: (records: TrustRecord[]) => TrustRecord[],
  ): Promise<void> {
    await before;
    const records = toNext(await this.read());
    const temporary = `${this.file}.${randomUUID()}`;
    await writeFile(temporary, `${JSON.stringify({ folders: records }, null, 2)}\n`, { mode: 0o600 });
    await rename(temporary, this.file);
    this.known = Promise.resolve(records);
  }
}

function toTrust(folder: string, files: SettingsFile[], record: TrustRecord | undefined): FolderTrust {
  const changed = record === undefined ? [] : findChanged(files, record.files);
  const state = record === undefined ? "untrusted" : changed.length === 0 ? "trusted" : "changed";
  return {
    folder,
    state,
    trustedAt: record?.trusted_at ?? null,
    content: hashSettings(files),
    files,
    changed,
  };
}

/** Changed, new and missing ones. */
function findChanged(now: readonly SettingsFile[], then: TrustRecord["files"]): string[] {
  const before = new Map(then.map(({ path, sha256 }) => [path, sha256]));
  const differing = now.filter(({ path, sha256 }) => before.get(path) !== sha256).map(({ path }) => path);
  const present = new Set(now.map(({ path }) => path));
  return [...differing, ...then.map(({ path }) => path).filter((path) => !present.has(path))].toSorted();
}

async function readRecords(file: string): Promise<TrustRecord[]> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(file, "utf8"))).folders;
  } catch {
    return [];
  }
}
