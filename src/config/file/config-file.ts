import type { ConfigValues } from "./config-schema.ts";

/** Where something stands in a file; lines and columns count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** `["policy", "deny", 0]`: the first rule of that list. */
export type ConfigPath = readonly (string | number)[];

/** A configuration file that has been read and is right. */
export interface ConfigFile {
  path: string;
  values: ConfigValues;
  /** Where a value stands, for errors that are found later; undefined if it is not in the file. */
  placeOf(path: ConfigPath): Place | undefined;
}

/** `/home/me/.profclaw/config.yaml:3:9` */
export function toPlaceText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** What stands for a file that is not there. */
export function toEmptyConfig(path: string): ConfigFile {
  return { path, values: {}, placeOf: () => undefined };
}
