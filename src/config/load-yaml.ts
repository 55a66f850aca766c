import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/**
 * The YAML reader, loaded with the first file: it is eighty modules, and most commands and daemons read none.
 * By `require`, because settings are read before there is anything to wait with.
 */
export function loadYaml(): typeof import("yaml") {
  return require("yaml") as typeof import("yaml");
}
