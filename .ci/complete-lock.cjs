// Adds to package-lock.json what npm leaves out of it where a registry does not carry the optional packages of
// other platforms: `npm ci` refuses a lockfile that lacks them, on every platform. Run it after any `npm install`:
//   node .ci/complete-lock.cjs
"use strict";

const fs = require("fs");
const path = require("path");

const file = path.join(__dirname, "..", "package-lock.json");
const platform =
  /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|x64|ia32|ppc64|riscv64|s390x)(?:-(\w+))?$/;

const lock = JSON.parse(fs.readFileSync(file, "utf8"));
const missing = Object.entries(lock.packages).flatMap(([holder, entry]) =>
  Object.entries(entry.optionalDependencies || {})
    .filter(([name]) => !isLocked(holder, name))
    .map(([name, version]) => ({ name, version, dev: entry.dev === true })),
);
for (const one of missing) lock.packages[`node_modules/${one.name}`] = toEntry(one);
lock.packages = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, "en")),
);
if (missing.length > 0) fs.writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${missing.length} optional packages added to package-lock.json`);

/** As Node resolves it: beside the holder's own packages, or in a folder above. */
function isLocked(holder, name) {
  for (let at = holder; ; at = at.slice(0, at.lastIndexOf("node_modules/")).replace(/\/$/, "")) {
    if (lock.packages[`${at === "" ? "" : `${at}/`}node_modules/${name}`]) return true;
    if (at === "") return false;
  }
}

/** Platform and processor are in the name; without them npm would try to install it everywhere. */
function toEntry({ name, version, dev }) {
  const [, os, cpu, libc] = platform.exec(name) || [];
  const isExact = /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version);
  if (os === undefined || !isExact)
    throw new Error(`cannot tell the platform or version of ${name}@${version}`);
  const entry = { version, cpu: [cpu], optional: true, os: [os] };
  if (dev) entry.dev = true;
  if (os === "linux" && libc) entry.libc = [libc.startsWith("musl") ? "musl" : "glibc"];
  return Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)));
}
