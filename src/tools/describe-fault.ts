import { ProfclawError } from "../core/errors.ts";

/** What a model can do about a system error. */
const systemFaults: Record<string, string> = {
  ENOENT: "it does not exist. Look with list_dir or glob for the right path",
  EACCES: "the file system does not permit it",
  EPERM: "the file system does not permit it",
  EISDIR: "it is a folder, not a file. Use list_dir for folders",
  ENOTDIR: "a part of its path is a file, not a folder",
  ELOOP: "it is a symbolic link that changed while it was opened. Try again with the file's real path",
  ENOSPC: "the disk is full",
  EROFS: "the file system is read-only",
  ENAMETOOLONG: "its name is too long",
  EMFILE: "too many files are open. Try again",
};

/** A thrown fault in words for the model; a bug of ours is said to be one. */
export function describeFault(toolName: string, fault: unknown): string {
  if (fault instanceof ProfclawError) {
    return fault.hint === undefined ? fault.message : `${fault.message} ${fault.hint}`;
  }
  const code = toSystemCode(fault);
  const known = code === undefined ? undefined : systemFaults[code];
  if (known !== undefined) return `${toolName} failed: ${known} (${code}).`;
  const message = fault instanceof Error ? fault.message : String(fault);
  return `${toolName} failed inside profclaw: ${message}. This is a fault of the tool, not of your call.`;
}

/** ENOENT and the like; undefined for what no system call threw. */
function toSystemCode(fault: unknown): string | undefined {
  const code = fault instanceof Error ? Reflect.get(fault, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}
