import type { ConfigValues } from "./config-schema.ts";

/** Where something stands in a file; lines and columns count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** `["policy", "deny", 0]`: the first rule of that list. */
export type ConfigPath = readonly (string | number)[];

/** A settings file that has been read and is right. */
export interface ParsedFile<Values> {
  path: string;
  values: Values;
  /** Where a value stands, for errors that are found later; undefined if it is not in the file. */
  placeOf(path: ConfigPath): Place | undefined;
  /** Where the first character of a text that is there stands, behind its quote. */
  textPlaceOf: (path: ConfigPath) => Place;
}

/** A person's own. */
export type ConfigFile = ParsedFile<ConfigValues>;

/** `/home/me/.profclaw/config.yaml:3:9` */
export function toPlaceText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** What stands for a file that is not there. */
export function toEmptyConfig(path: string): ConfigFile {
  const start = { file: path, line: 1, column: 1 };
  return { path, values: {}, placeOf: () => undefined, textPlaceOf: () => start };
}
