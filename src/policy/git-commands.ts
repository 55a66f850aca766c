import type { CommandRule } from "./command-arguments.ts";

const words = (text: string) => text.trim().split(/\s+/);

/** What history and diffs may be shown with. Not here: --output, --ext-diff, --textconv, --show-signature. */
const showing: CommandRule = {
  short: "pswbiEFzPRcamurt",
  shortValues: "nSGL",
  shortAttached: "UMCB",
  valuesAsPaths: true,
  counts: true,
  long: words(`
    oneline graph all decorate no-decorate stat shortstat numstat summary name-only name-status patch no-patch raw
    cached staged merge-base color no-color word-diff ignore-all-space ignore-space-change ignore-blank-lines
    reverse merges no-merges first-parent follow abbrev-commit no-abbrev-commit no-ext-diff no-textconv full-history
    topo-order date-order author-date-order simplify-by-decoration left-right cherry-pick cherry-mark boundary
    branches tags remotes find-renames find-copies no-renames function-context patch-with-stat minimal patience
    histogram exit-code quiet check text no-prefix relative parents children full-index binary compact-summary
    regexp-ignore-case extended-regexp fixed-strings perl-regexp all-match invert-grep no-notes count pretty
    dirstat cc combined-all-paths reflog walk-reflogs root show-pulls
  `),
  longValues: words(`
    max-count skip since until after before author committer grep format date diff-filter unified inter-hunk-context
    abbrev color-words word-diff-regex diff-algorithm encoding min-parents max-parents src-prefix dst-prefix
    ignore-submodules glob exclude
  `),
  // %G… runs the configured gpg program.
  forbiddenValues: /%G/,
};

const none: CommandRule = { words: "none" };

/** Subcommands of git that only read, by name. A flag before the subcommand (-c, -C, --exec-path) is unlisted. */
export const gitCommands: Record<string, CommandRule> = {
  log: showing,
  show: showing,
  diff: showing,
  shortlog: {
    short: "nse",
    long: words("summary numbered email no-merges all"),
    longValues: words("since until group"),
  },
  "rev-list": { ...showing, long: [...(showing.long ?? []), "objects"] },
  status: {
    short: "sbvz",
    shortAttached: "u",
    long: words(
      "short branch porcelain long verbose untracked-files ignored show-stash ahead-behind no-renames",
    ),
  },
  blame: {
    short: "bcefnpstwl",
    shortValues: "L",
    shortAttached: "MC",
    valuesAsPaths: true,
    long: words("root show-email porcelain line-porcelain incremental"),
    longValues: words("date abbrev since"),
  },
  "ls-files": {
    short: "cdmosuztv",
    long: words(
      "cached deleted modified others stage unmerged exclude-standard error-unmatch full-name ignored",
    ),
  },
  "ls-tree": { short: "drtlz", long: words("name-only name-status full-name full-tree long") },
  "cat-file": { short: "pte", shortValues: "" },
  "rev-parse": {
    long: words(`
      short abbrev-ref verify quiet show-toplevel show-prefix git-dir is-inside-work-tree is-bare-repository all
      branches tags remotes show-cdup symbolic-full-name absolute-git-dir git-common-dir
    `),
  },
  describe: {
    long: words("tags all always long dirty contains exact-match"),
    longValues: words("match abbrev"),
  },
  "merge-base": { short: "a", long: words("all is-ancestor fork-point octopus") },
  branch: {
    ...none,
    short: "arvl",
    long: words("all remotes list show-current no-color verbose no-column"),
    longValues: words("sort format contains merged no-merged points-at"),
    forbiddenValues: /%\(signature/,
  },
  tag: {
    ...none,
    short: "l",
    long: words("list no-column"),
    longValues: words("sort contains points-at merged"),
  },
  remote: { ...none, short: "v", long: ["verbose"] },
  reflog: { ...none, shortValues: "n", counts: true },
  "count-objects": { ...none, short: "vH" },
};
