/*
 * The daemon and the command line start from few files instead of hundreds (docs/decisions, 0007 and 0010). tsc has
 * compiled them one by one; here what each of them starts from is written anew, with what it imports of ours. They
 * stand two folders below the package, as their sources do, since they find each other and package.json by their place.
 */
import { readFileSync } from "node:fs";

const dist = (file: string) => `dist/${file}.js`;
const isPackage = (id: string) => !/^[./]/.test(id);

/**
 * A module of Node's is loaded where it is first used: half of what a command starts from is for others. By
 * `getBuiltinModule`, since `require` touches every export, and some of those load what nobody asked for: a
 * WebSocket, all of WebCrypto. Together that is a third of a command's start.
 */
const lazyBuiltins = {
  name: "lazy-builtins",
  renderChunk(code: string) {
    let lazy = code;
    for (const [declared, name, id] of code.matchAll(/^let (\w+) = require\("(node:[^"]+)"\);\n/gm)) {
      lazy = lazy
        .replace(declared, "")
        .replace(new RegExp(`^${name} = [\\w.]*__toESM\\(${name}(, 1)?\\);\\n`, "m"), "")
        // In parentheses: it may stand behind `new`.
        .replaceAll(new RegExp(`\\b${name}\\b(\\.default\\b)?`, "g"), `(process.getBuiltinModule("${id}"))`);
    }
    return lazy.replaceAll(/\brequire\("(node:[^"]+)"\)/g, 'process.getBuiltinModule("$1")');
  },
};

/** The command line has these two with it; what their licence asks for is that it goes with them. */
const bundled = /^(commander|picocolors)$/;
const withLicences = {
  name: "with-licences",
  renderChunk(code: string, { moduleIds }: { moduleIds: string[] }) {
    const packages = new Set(moduleIds.flatMap((id) => /node_modules\/([^/]+)\//.exec(id)?.[1] ?? []));
    const licences = [...packages].map(
      (name) => `/* ${name}\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8")}*/\n`,
    );
    return licences.join("") + code;
  },
};

const daemon = {
  input: [
    "daemon/main",
    "daemon/serve",
    "daemon/supervisor",
    "store/sqlite/worker",
    "sandbox/reaper",
    "sandbox/recorded/recorder",
    "tools/html-worker",
  ].map(dist),
  platform: "node",
  external: isPackage,
  output: { dir: "dist/daemon", format: "esm", chunkFileNames: "chunk-[name].js" },
};

const cli = {
  input: dist("cli/main"),
  platform: "node",
  // `serve` runs the daemon in its own process: from where that stands, with its workers beside it.
  external: (id: string) => id.endsWith("/daemon/serve.js") || (isPackage(id) && !bundled.test(id)),
  plugins: [lazyBuiltins, withLicences],
  output: {
    dir: "dist/cli",
    format: "cjs",
    entryFileNames: "[name].cjs",
    chunkFileNames: "chunk-[name].cjs",
    // What four commands or more share stands in one file: to find thirty small ones takes 5 ms. Nothing of it wants a package.
    codeSplitting: {
      groups: [
        {
          name: "common",
          test: /dist.(?:core|client|cli|config.(?:environment|paths|package-path|version)).*/,
          minShareCount: 4,
        },
      ],
    },
  },
};

export default [daemon, cli];
