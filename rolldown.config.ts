/*
 * A daemon starts from 40 files instead of 450, a third sooner (docs/decisions). tsc has compiled them one by one;
 * here its entry files are written anew, each with what it imports of ours. Packages stay what they are. All stand
 * in one folder, since they find each other and package.json by their place.
 */
const dist = (file: string) => `dist/${file}.js`;

export default {
  input: [
    "daemon/main",
    "daemon/supervisor",
    "store/sqlite/worker",
    "sandbox/reaper",
    "sandbox/recorded/recorder",
    "tools/html-worker",
  ].map(dist),
  platform: "node",
  external: (id: string) => !/^[./]/.test(id),
  output: { dir: "dist/daemon", format: "esm", chunkFileNames: "chunk-[name].js" },
};
