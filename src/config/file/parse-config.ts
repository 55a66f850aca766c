import type { ConfigFile } from "./config-file.ts";
import { configSchema } from "./config-schema.ts";
import { parseSettings } from "./parse-settings.ts";

/** The text of a person's own settings file. Throws config-invalid; see parseSettings. */
export function parseConfig(text: string, file: string): ConfigFile {
  return parseSettings(text, { file, schema: configSchema });
}
