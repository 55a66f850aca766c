// Preloaded by NODE_OPTIONS: notes the packages that a process loads, in a file of its own.
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";

const folder = process.env.NOTED_MODULES;
const seen = new Set();

if (folder !== undefined) {
  registerHooks({
    load(url, context, nextLoad) {
      const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
      if (name !== undefined && !seen.has(name)) {
        seen.add(name);
        appendFileSync(`${folder}/${process.pid}`, `${name}\n`);
      }
      return nextLoad(url, context);
    },
  });
}
