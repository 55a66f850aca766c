// To zsh an equals sign at the beginning names a program.
const plain = /^[\w@%+:,./-][\w@%+=:,./-]*$/;

/** A text as one word of a command that a person copies into a shell: quoted where it has to be. */
export function toShellWord(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
