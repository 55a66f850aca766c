// Runs the launcher again on a Node that is new enough. Runs on Node 10, see profclaw.cjs.
"use strict";

const childProcess = require("child_process");
const path = require("path");
const nodeCache = require("./node-cache.cjs");

/**
 * `options.isNewEnough(version)` and `options.script`, the file to run. Looks beside the package and
 * up (a checkout's or project's own `node` package), then in the cache folder, then fetches one.
 */
function runOnNewerNode(options) {
  const beside = findNearby(path.dirname(options.script), options.isNewEnough);
  const executable = beside || nodeCache.findCached(options.isNewEnough);
  if (executable) return runOn(executable, options.script);
  nodeCache.fetchNode(options.isNewEnough, function (problem, fetched) {
    if (fetched) return runOn(fetched, options.script);
    console.error("profclaw: " + problem);
    process.exitCode = 3;
  });
}

function findNearby(start, isNewEnough) {
  let folder = start;
  for (;;) {
    const found = nodeCache.toExecutable(path.join(folder, "node_modules", "node"), isNewEnough);
    if (found) return found;
    const above = path.dirname(folder);
    if (above === folder) return undefined;
    folder = above;
  }
}

function runOn(executable, script) {
  const child = childProcess.spawn(executable, [script].concat(process.argv.slice(2)), { stdio: "inherit" });
  forwardSignals(child);
  child.on("error", function (error) {
    console.error("profclaw: cannot run " + executable + ": " + error.message);
    process.exitCode = 3;
  });
  child.on("exit", function (code, signal) {
    if (!signal) return process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    // A signal that does not end this process (it may be ignored here) must still end it.
    setTimeout(function () {
      process.exit(128 + (require("os").constants.signals[signal] || 1));
    }, 500);
  });
}

function forwardSignals(child) {
  ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"].forEach(function (signal) {
    process.on(signal, function () {
      // A terminal sends ^C and ^\ to the child too; twice would mean something else to it.
      const fromTerminal = (signal === "SIGINT" || signal === "SIGQUIT") && isOnTerminal();
      if (!fromTerminal) child.kill(signal);
    });
  });
}

function isOnTerminal() {
  return [0, 1, 2].some(function (descriptor) {
    return require("tty").isatty(descriptor);
  });
}

exports.runOnNewerNode = runOnNewerNode;
