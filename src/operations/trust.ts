import { realpath } from "node:fs/promises";
import { isAbsolute } from "node:path";
import type { FolderTrustView } from "../contract/trust-operations.ts";
import { ProfclawError } from "../core/errors.ts";
import { resolveCwd } from "../engine/folder-looks.ts";
import type { FolderTrust, TrustBook } from "../engine/trust-book.ts";
import type { OperationParts } from "./parts.ts";
import { toTimeText } from "./views.ts";

export async function listTrust(parts: OperationParts): Promise<{ folders: FolderTrustView[] }> {
  const folders = await parts.engineParts.trust.list();
  return { folders: folders.map((found) => toView(found, false)) };
}

export async function inspectTrust(
  parts: OperationParts,
  input: { folder: string },
): Promise<FolderTrustView> {
  return toView(await inspect(parts.engineParts.trust, await findFolder(input.folder)), true);
}

/** Exactly what was shown: content that changed in between is refused. */
export async function trustFolder(
  parts: OperationParts,
  input: { folder: string; content: string },
): Promise<FolderTrustView> {
  const { trust } = parts.engineParts;
  const folder = await findFolder(input.folder);
  await inspect(trust, folder);
  if (await trust.trust(folder, input.content)) return toView(await inspect(trust, folder), true);
  throw new ProfclawError("invalid-request", `${folder} does not hold that content (any more).`, {
    pointer: "/content",
    hint: "Look at it again (GET on the same path), and send the content it answers.",
  });
}

/** Also for a folder that is gone. */
export async function removeTrust(
  parts: OperationParts,
  input: { folder: string },
): Promise<FolderTrustView> {
  const { trust } = parts.engineParts;
  const folder = await realpath(input.folder).catch(() => input.folder);
  if (!(await trust.remove(folder))) {
    throw new ProfclawError("not-found", `${folder} is not trusted.`, {
      pointer: "folder",
      hint: "Those that are: profclaw trust --list",
    });
  }
  return toView(await inspect(trust, folder), false);
}

async function findFolder(path: string): Promise<string> {
  if (isAbsolute(path)) return resolveCwd(path, "/");
  throw new ProfclawError("invalid-request", `${JSON.stringify(path)} is not an absolute path.`, {
    pointer: "folder",
    hint: "Give the whole path of the folder, URL-encoded.",
  });
}

async function inspect(trust: TrustBook, folder: string): Promise<FolderTrust> {
  try {
    return await trust.inspect(folder);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProfclawError("invalid-request", `${folder} can not be trusted: ${why}.`, {
      pointer: "folder",
      hint: "Take that file away, or make it a readable one of at most 1 MiB.",
    });
  }
}

function toView(found: FolderTrust, isWhole: boolean): FolderTrustView {
  return {
    folder: found.folder,
    state: found.state,
    trusted_at: found.trustedAt === null ? null : toTimeText(found.trustedAt),
    content: found.content,
    files: found.files.map(({ path, sha256, text }) => ({ path, sha256, ...(isWhole ? { text } : {}) })),
    changed: found.changed,
  };
}
