import type { CliCommand } from "../command.ts";

/** It stays for as long as somebody looks on, many of them at a time: it is spared what reads flags, 10 MB. */
export const agentAttach: CliCommand = {
  shape: async () => (await import("../attach/attach-command.ts")).attachCommand.shape(),
  async run(argv, context) {
    const isPlain = argv.length > 0 && argv.every((word) => !word.startsWith("-"));
    if (isPlain) return (await import("../attach/run-attach.ts")).runAttach(argv, context);
    return (await import("../attach/attach-command.ts")).attachCommand.run(argv, context);
  },
};
