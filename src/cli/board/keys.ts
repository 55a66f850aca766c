/** What a person pressed: a printed character as it is, else its name; or all that was pasted at once. */
export type Key = string;

const pasteName = "paste ";
const [pasteStart, pasteEnd] = ["\u001b[200~", "\u001b[201~"];
// A task may be long, and a file that was pasted by mistake must not fill memory.
const longestPaste = 64 * 1024;

/** Asks a terminal to mark what is pasted: its letters are no keys, and its line ends send nothing. */
export const markPastes = { on: "\u001b[?2004h", off: "\u001b[?2004l" };

/** What was pasted, on one line; undefined: the key is another one. */
export function readPaste(key: Key): string | undefined {
  if (!key.startsWith(pasteName)) return undefined;
  return key.slice(pasteName.length).replaceAll(/\p{Cc}+/gu, " ");
}

/** Reads what a terminal sends piece by piece: a paste may come in several. */
export function createKeyReader(): (text: string) => Key[] {
  let pasted: string | null = null;
  return function read(text): Key[] {
    if (pasted === null) {
      const at = text.indexOf(pasteStart);
      if (at === -1) return parseKeys(text);
      pasted = "";
      return [...parseKeys(text.slice(0, at)), ...read(text.slice(at + pasteStart.length))];
    }
    const all: string = pasted + text;
    const end = all.indexOf(pasteEnd);
    pasted = end === -1 ? all.slice(-longestPaste) : null;
    if (end === -1) return [];
    const key = pasteName + all.slice(0, end).slice(0, longestPaste);
    return [key, ...read(all.slice(end + pasteEnd.length))];
  };
}

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
