/** How a character looks. Colours by the names of the palette: "red", "brightRed"; null: the usual one. */
export interface Style {
  color: string | null;
  isBold: boolean;
  isDim: boolean;
}

export interface Cell {
  character: string;
  style: Style;
}

export type Row = Cell[];

export const plain: Style = { color: null, isBold: false, isDim: false };

const colorNames = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
// oxlint-disable-next-line no-control-regex -- escape sequences are what this file is about
const sequence = /^\u001b(?:\[([0-9;?]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[ -/]*[0-Z\\^-~])/;
const longestSequence = 64;
const tabWidth = 8;

/** What a terminal shows of the text that is written to it, as far as our program uses a terminal; it never scrolls. */
export class Screen {
  rows: Row[] = [[]];
  private line = 0;
  private column = 0;
  private style = plain;
  private rest = "";
  private readonly columns: number;

  constructor(columns: number) {
    this.columns = columns;
  }

  feed(text: string): void {
    let left = this.rest + text;
    this.rest = "";
    while (left !== "") {
      const found = sequence.exec(left);
      if (found !== null) {
        this.control(found[2] ?? "", found[1] ?? "");
        left = left.slice(found[0].length);
      } else if (left.startsWith("\u001b") && left.length < longestSequence) {
        this.rest = left;
        return;
      } else {
        const [character = ""] = left;
        this.write(character);
        left = left.slice(character.length);
      }
    }
  }

  /** The rows as text, without what is empty at the end. */
  text(): string {
    return this.rows
      .map((row) =>
        row
          .map(({ character }) => character)
          .join("")
          .trimEnd(),
      )
      .join("\n")
      .trimEnd();
  }

  /** The rows as they are now. */
  copy(): Row[] {
    return this.rows.map((row) => [...row]);
  }

  private write(character: string): void {
    if (character === "\n") {
      this.line += 1;
      if (this.rows[this.line] === undefined) this.rows.push([]);
    } else if (character === "\r") this.column = 0;
    else if (character === "\t") this.column = (Math.floor(this.column / tabWidth) + 1) * tabWidth;
    else if (character >= " ") this.put(character);
  }

  private put(character: string): void {
    // A terminal goes to the next line with the first character that has no room, not before.
    if (this.column >= this.columns) {
      this.column = 0;
      this.write("\n");
    }
    const row = this.rows[this.line] ?? [];
    while (row.length < this.column) row.push({ character: " ", style: plain });
    row[this.column] = { character, style: this.style };
    this.column += 1;
  }

  private control(kind: string, parameters: string): void {
    const count = Number(parameters) || 1;
    if (kind === "m") this.style = parameters.split(";").reduce(paint, this.style);
    if (kind === "A") this.line = Math.max(0, this.line - count);
    if (kind === "B") this.line = Math.min(this.rows.length - 1, this.line + count);
    if (kind === "C") this.column += count;
    if (kind === "D") this.column = Math.max(0, this.column - count);
    if (kind === "G") this.column = count - 1;
    if (kind === "K") this.eraseLine(parameters);
    if (kind === "J") this.eraseBelow();
  }

  private eraseLine(parameters: string): void {
    const row = this.rows[this.line] ?? [];
    row.length = parameters === "2" ? 0 : Math.min(row.length, this.column);
  }

  private eraseBelow(): void {
    this.eraseLine("0");
    this.rows.length = this.line + 1;
  }
}

function paint(style: Style, code: string): Style {
  const number = Number(code);
  if (number === 0) return plain;
  if (number === 1) return { ...style, isBold: true };
  if (number === 2) return { ...style, isDim: true };
  if (number === 22) return { ...style, isBold: false, isDim: false };
  if (number === 39) return { ...style, color: null };
  if (number >= 30 && number <= 37) return { ...style, color: colorNames[number - 30] ?? null };
  return number >= 90 && number <= 97 ? { ...style, color: colorNames[number - 90] ?? null } : style;
}
