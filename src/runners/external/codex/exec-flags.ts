import type { JsonObject, JsonValue } from "../../../core/json.ts";
import { ProfclawError } from "../../../core/errors.ts";

// One argument may have 128 KiB on Linux.
const longestArgument = 120 * 1024;

/** Settings as flags of codex, each top-level one by itself: they go on top of those of its files. Throws agent-lacks. */
export function toConfigFlags(config: JsonObject): string[] {
  return Object.entries(config).flatMap(([name, value]) => {
    const flag = `${name}=${toToml(value)}`;
    const bytes = Buffer.byteLength(flag);
    if (bytes <= longestArgument) return ["-c", flag];
    throw new ProfclawError(
      "agent-lacks",
      `Its ${name} has ${bytes} bytes; by codex exec it may have ${longestArgument}.`,
      { hint: "Say it more shortly, or in the task, which may have any size." },
    );
  });
}

/** A value as inline TOML. */
function toToml(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(toToml).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, one]) => `${toTomlText(key)} = ${toToml(one)}`)
      .join(", ")}}`;
  }
  return typeof value === "string" ? toTomlText(value) : String(value);
}

/** JSON's escapes are TOML's too; what it leaves as it is and TOML does not take is escaped besides. */
function toTomlText(text: string): string {
  return JSON.stringify(text.replaceAll(/\p{Surrogate}/gu, "\ufffd")).replaceAll(
    "\u007f",
    String.raw`\u007f`,
  );
}
