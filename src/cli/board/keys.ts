/** What a person pressed: a printed character as it is, else its name. */
export type Key = string;

const named: Readonly<Record<string, Key>> = {
  "\r": "enter",
  "\n": "enter",
  "\u0003": "ctrl-c",
  "\u0004": "ctrl-d",
  "\u007f": "backspace",
  "\b": "backspace",
  "\u0015": "ctrl-u",
  "\u001b": "escape",
  "\u001b[A": "up",
  "\u001b[B": "down",
  "\u001bOA": "up",
  "\u001bOB": "down",
  "\u001b[5~": "page-up",
  "\u001b[6~": "page-down",
  "\u001b[H": "home",
  "\u001b[F": "end",
  "\u001bOH": "home",
  "\u001bOF": "end",
  "\u001b[1~": "home",
  "\u001b[4~": "end",
};

// oxlint-disable-next-line no-control-regex -- keys are control characters
const pattern = /\u001b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])|[^]/gu;

/** The keys in what a terminal sent, in order; those without a meaning are left out. */
export function parseKeys(text: string): Key[] {
  const found = text.match(pattern) ?? [];
  return found.flatMap((part) => {
    const name = named[part];
    if (name !== undefined) return [name];
    return /^\P{Cc}$/u.test(part) ? [part] : [];
  });
}
