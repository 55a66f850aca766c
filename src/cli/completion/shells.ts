import type { Completion } from "./candidate.ts";

/** A shell: what it is told at its start, and how it is answered. */
interface Shell {
  script: string;
  /** One candidate as a line. */
  toLine(value: string, about: string, current: string): string;
}

/* What is typed goes to the program as plain arguments; no script evaluates it, and none evaluates an answer. */

const bash = `# bash completion for profclaw. To install it:
#   mkdir -p ~/.local/share/bash-completion/completions
#   profclaw completion bash > ~/.local/share/bash-completion/completions/profclaw
# Without the package bash-completion, in ~/.bashrc:
#   source <(profclaw completion bash)
_profclaw() {
  local kind line current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [ -z "$kind" ]; then kind=$line; else COMPREPLY+=("$line"); fi
  done < <(profclaw completion bash --line "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
  case $kind in
    files) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current") ;;
    folders) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$current") ;;
    *) return ;;
  esac
  compopt -o filenames 2>/dev/null
}
complete -F _profclaw profclaw`;

const zsh = `#compdef profclaw
# zsh completion for profclaw. To install it:
#   mkdir -p ~/.zfunc && profclaw completion zsh > ~/.zfunc/_profclaw
# and in ~/.zshrc, before compinit:
#   fpath+=~/.zfunc
_profclaw() {
  local -a lines
  lines=("\${(@f)$(profclaw completion zsh --words -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  case "$lines[1]" in
    files) _files ;;
    folders) _files -/ ;;
    words) shift lines; (( $#lines )) && _describe -t words profclaw lines ;;
  esac
}
if [ "$funcstack[1]" = "_profclaw" ]; then _profclaw "$@"; else compdef _profclaw profclaw; fi`;

const fish = `# fish completion for profclaw. To install it:
#   profclaw completion fish > ~/.config/fish/completions/profclaw.fish
function __profclaw_complete
  set -l typed (commandline -opc)
  set -l current (commandline -ct)
  set -l lines (profclaw completion fish --words -- $typed[2..-1] "$current" 2>/dev/null)
  switch "$lines[1]"
    case files
      __fish_complete_path "$current"
    case folders
      __fish_complete_directories "$current"
    case words
      printf '%s\\n' $lines[2..-1]
  end
end
complete -c profclaw -e
complete -c profclaw -f -a '(__profclaw_complete)'`;

export const shells: Readonly<Record<"bash" | "zsh" | "fish", Shell>> = {
  bash: {
    script: bash,
    // bash replaces only what stands after the last = or :, which are words of their own to it.
    toLine: (value, _about, current) => value.slice(current.search(/[^=:]*$/)),
  },
  zsh: {
    script: zsh,
    toLine: (value, about) => (about === "" ? escapeColons(value) : `${escapeColons(value)}:${about}`),
  },
  fish: { script: fish, toLine: (value, about) => (about === "" ? value : `${value}\t${about}`) },
};

function escapeColons(value: string): string {
  return value.replaceAll(":", "\\:");
}

/** What a script reads: the kind, then a candidate a line. */
export function renderCompletion(completion: Completion, shell: Shell, current: string): string {
  if (completion.kind !== "words") return completion.kind;
  return [
    completion.kind,
    ...completion.words.map(({ value, about }) => shell.toLine(value, about, current)),
  ].join("\n");
}
