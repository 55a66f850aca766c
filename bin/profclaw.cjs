#!/usr/bin/env node
// Syntax of Node 10 on purpose: what a system ships must get far enough to start a newer one.
"use strict";

/** The same range as `engines` in package.json: ^22.23.3 || >=24.15. */
function isNewEnough(version) {
  const parts = version.replace(/^v/, "").split(".").map(Number);
  if (parts[0] === 22) return parts[1] > 23 || (parts[1] === 23 && parts[2] >= 3);
  return parts[0] > 24 || (parts[0] === 24 && parts[1] >= 15);
}

async function runHere() {
  const nodeModule = require("module");
  if (nodeModule.enableCompileCache) nodeModule.enableCompileCache();
  try {
    const cli = require("../dist/cli/main.cjs");
    // Not process.exit: it may wait for ever for a thread that compiles (nodejs/node#54918).
    process.exitCode = await cli.main(process.argv.slice(2));
  } catch (error) {
    console.error(toStartFault(error));
    process.exitCode = 1;
  }
}

function toStartFault(error) {
  const isUnbuilt = error && error.code === "MODULE_NOT_FOUND" && /dist\/cli\/main\.cjs'/.test(error.message);
  if (isUnbuilt) return "profclaw: dist/ is missing in this checkout. Build it: npm run build";
  return (error && error.stack) || String(error);
}

if (isNewEnough(process.version)) void runHere();
else require("./newer-node.cjs").runOnNewerNode({ isNewEnough, script: __filename });
