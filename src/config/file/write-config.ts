import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { parse, parseDocument } from "yaml";
import { ProfclawError } from "../../core/errors.ts";
import { parseConfig } from "./parse-config.ts";
import { readConfigText } from "./read-config.ts";

/**
 * Sets one value of the user's file, `pool.mode` to `pro`; comments and order stay. Nothing is written unless
 * the whole file is right afterwards; then at once, 0600. Throws config-invalid and invalid-request.
 */
export function setConfigValue(path: string, key: string, text: string): void {
  const segments = key.split(".");
  if (segments.some((segment) => !/^[A-Za-z][\w-]*$/.test(segment))) {
    throw new ProfclawError("invalid-request", `"${key}" is no name of a setting.`, {
      hint: "For example: profclaw config set pool.max_concurrent 20",
    });
  }
  const before = readConfigText(path, 0)?.text ?? "";
  parseConfig(before, path);
  const document = parseDocument(before);
  document.setIn(segments, toValue(text));
  const after = document.toString();
  refuseWrong(after, path);
  writePrivately(existsSync(path) ? realpathSync(path) : path, after);
}

/** A place in a file that was not written helps nobody: the setting itself is what was wrong. */
function refuseWrong(after: string, path: string): void {
  try {
    parseConfig(after, path);
  } catch (error) {
    if (!(error instanceof ProfclawError)) throw error;
    const detail = error.message.replaceAll(`${path}:`, "").replaceAll(/^\d+:\d+: /gm, "");
    throw new ProfclawError(error.code, `Nothing was written: ${detail}`, {
      hint: "What may be set: profclaw config explain",
    });
  }
}

/** As YAML reads it: `20` is a number, `[a, b]` a list; what is no YAML is text. */
function toValue(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return text;
  }
}

function writePrivately(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.new`;
  const handle = openSync(draft, "wx", 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, path);
}
