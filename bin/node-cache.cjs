// One Node in the user's cache folder, put there once. Runs on Node 10, see profclaw.cjs.
"use strict";

const childProcess = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");

const wanted = "node@24";
const isWindows = process.platform === "win32";
const staleAfterMs = 3600000;

function cacheFolder() {
  let base = process.env.XDG_CACHE_HOME;
  // The specification of XDG_CACHE_HOME says that a relative path is to be ignored.
  if (!base || !path.isAbsolute(base)) base = path.join(os.homedir(), ".cache");
  return path.join(base, "profclaw", "node");
}

/** The executable of an installed `node` package, if it is there, whole and new enough. */
function toExecutable(packageFolder, isNewEnough) {
  const executable = path.join(packageFolder, "bin", isWindows ? "node.exe" : "node");
  try {
    const version = JSON.parse(fs.readFileSync(path.join(packageFolder, "package.json"), "utf8")).version;
    return isNewEnough(version) && fs.statSync(executable).size > 0 ? executable : undefined;
  } catch {
    return undefined;
  }
}

function findCached(isNewEnough) {
  return toExecutable(path.join(cacheFolder(), "node_modules", "node"), isNewEnough);
}

/** Calls back with (problem) or (undefined, executable). */
function fetchNode(isNewEnough, done) {
  const target = cacheFolder();
  const byHand = "npm i --prefix " + target + " " + wanted;
  const need = "it needs Node 24 (>=24.15) or 22 (>=22.23.3); this is " + process.version + ".";
  if (process.env.PROFCLAW_NO_NODE_FETCH === "1") {
    return done(need + " PROFCLAW_NO_NODE_FETCH=1 forbids fetching it. Type: " + byHand);
  }
  console.error("profclaw: " + need + " Fetching Node 24 once, about 130 MB, into " + target);
  let temporary;
  try {
    temporary = makeTemporary(target);
  } catch (error) {
    return done(
      "cannot write to the cache folder: " + error.message + ". Set XDG_CACHE_HOME to another one.",
    );
  }
  installInto(temporary, function (problem, output) {
    const usable = !problem && runs(toExecutable(path.join(temporary, "node_modules", "node"), isNewEnough));
    if (usable) moveInto(temporary, target, isNewEnough);
    remove(temporary);
    const executable = findCached(isNewEnough);
    if (executable) return done(undefined, executable);
    if (output) console.error(output);
    done((problem || "the fetched Node does not run here") + ". Type: " + byHand);
  });
}

// Beside the target, so that the rename stays within one file system and is one step.
function makeTemporary(target) {
  const parent = path.dirname(target);
  fs.mkdirSync(parent, { recursive: true });
  fs.readdirSync(parent).forEach(function (name) {
    const full = path.join(parent, name);
    const isOld = Date.now() - fs.statSync(full).mtimeMs > staleAfterMs;
    if (/^node\.(new|old)-/.test(name) && isOld) remove(full);
  });
  const temporary = fs.mkdtempSync(target + ".new-");
  // npm from 12 on runs an install script only where the project allows it.
  fs.writeFileSync(
    path.join(temporary, "package.json"),
    '{ "private": true, "allowScripts": { "node": true } }\n',
  );
  return temporary;
}

function installInto(folder, done) {
  const npm = findNpm();
  const args = npm.args.concat([
    "i",
    "--prefix",
    folder,
    "--no-audit",
    "--no-fund",
    "--loglevel",
    "error",
    wanted,
  ]);
  const child = childProcess.spawn(npm.command, args, {
    cwd: folder,
    env: toNpmEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    shell: npm.shell,
  });
  let output = "";
  function keep(chunk) {
    output = (output + chunk).slice(-4000);
  }
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const stop = stopOnSignal(child, folder);
  child.on("error", function (error) {
    stop();
    done("npm cannot be run: " + error.message, output);
  });
  child.on("close", function (code) {
    stop();
    done(code === 0 ? undefined : "npm could not fetch it (exit " + code + ")", output);
  });
}

function stopOnSignal(child, folder) {
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  const names = Object.keys(signals);
  function onSignal(name) {
    child.kill("SIGTERM");
    remove(folder);
    process.exit(signals[name]);
  }
  names.forEach(function (name) {
    process.on(name, onSignal);
  });
  return function () {
    names.forEach(function (name) {
      process.removeListener(name, onSignal);
    });
  };
}

/** The npm that came with this Node; else the one on PATH. */
function findNpm() {
  const here = path.dirname(process.execPath);
  const candidates = [
    path.join(here, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    path.join(here, "node_modules", "npm", "bin", "npm-cli.js"),
    path.join(here, "..", "share", "nodejs", "npm", "bin", "npm-cli.js"),
  ];
  const cli = candidates.find((file) => fs.existsSync(file));
  if (cli) return { command: process.execPath, args: [cli], shell: false };
  return { command: "npm", args: [], shell: isWindows };
}

// Under npx, npm's own settings are in the environment, and some would send the install elsewhere.
function toNpmEnvironment() {
  const elsewhere =
    /^npm_config_(global|location|prefix|local_prefix|workspaces?|include_workspace_root|dry_run|omit)$/i;
  const env = {};
  Object.keys(process.env).forEach(function (name) {
    if (!elsewhere.test(name)) env[name] = process.env[name];
  });
  // The node package's own script calls npm and node by name.
  env.PATH = path.dirname(process.execPath) + path.delimiter + (process.env.PATH || "");
  return env;
}

// The package holds a glibc build: on another libc it installs and cannot start.
function runs(executable) {
  return executable && childProcess.spawnSync(executable, ["--version"], { timeout: 30000 }).status === 0;
}

function moveInto(temporary, target, isNewEnough) {
  for (let attempt = 0; attempt < 5 && !findCached(isNewEnough); attempt += 1) {
    try {
      fs.renameSync(temporary, target);
    } catch {
      if (!findCached(isNewEnough)) setAside(target);
    }
  }
}

// What stands there is no usable Node: an older one, or half of one.
function setAside(target) {
  const aside = target + ".old-" + process.pid + "-" + Date.now();
  try {
    fs.renameSync(target, aside);
    remove(aside);
  } catch {
    return;
  }
}

function remove(folder) {
  try {
    (fs.rmSync || fs.rmdirSync)(folder, { recursive: true, force: true });
  } catch {
    // Left for the sweep of a later start.
    return;
  }
}

module.exports = { fetchNode, findCached, toExecutable };
