import type { Cell, Row, Style } from "./screen.ts";

const cellWidth = 7.8;
const lineHeight = 17;
const fontSize = 13;
const margin = 14;
const titleHeight = 30;
const fonts = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const background = "#1b1f27";
const foreground = "#d7dce5";
const colors: Readonly<Record<string, string>> = {
  black: "#6b7383",
  red: "#f0707a",
  green: "#8fcf7f",
  yellow: "#e6c274",
  blue: "#75b1f0",
  magenta: "#c99bf0",
  cyan: "#6fcbd3",
  white: "#ffffff",
};

/** A terminal's rows as a picture that any browser draws alike: each run of characters is given its width. */
export function toSvg(rows: readonly Row[], columns: number): string {
  const width = Math.ceil(columns * cellWidth + 2 * margin);
  const height = titleHeight + rows.length * lineHeight + margin;
  const lights = ["#f0707a", "#e6c274", "#8fcf7f"].map(
    (fill, index) => `<circle cx="${margin + 6 + index * 18}" cy="15" r="5" fill="${fill}"/>`,
  );
  const lines = rows.flatMap((row, index) => toLine(row, titleHeight + (index + 0.75) * lineHeight));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${fonts}" font-size="${fontSize}">`,
    `<rect width="${width}" height="${height}" rx="8" fill="${background}"/>`,
    ...lights,
    ...lines,
    "</svg>",
    "",
  ].join("\n");
}

function toLine(row: Row, y: number): string[] {
  const runs = toRuns(row).filter(({ text }) => text.trim() !== "");
  return runs.map(({ text, at, style }) => {
    const width = (text.length * cellWidth).toFixed(1);
    const x = (margin + at * cellWidth).toFixed(1);
    return `<text x="${x}" y="${y}" textLength="${width}" xml:space="preserve" ${toAttributes(style)}>${escapeXml(text)}</text>`;
  });
}

interface Run {
  text: string;
  at: number;
  style: Style;
}

/** Neighbours that look alike, without the spaces around them. */
function toRuns(row: Row): Run[] {
  const runs: Run[] = [];
  row.forEach((cell, at) => {
    const last = runs.at(-1);
    if (last !== undefined && isAlike(last.style, cell)) last.text += cell.character;
    else runs.push({ text: cell.character, at, style: cell.style });
  });
  return runs.map(({ text, at, style }) => ({
    text: text.trim(),
    at: at + (text.length - text.trimStart().length),
    style,
  }));
}

function isAlike(style: Style, cell: Cell): boolean {
  const { color, isBold, isDim } = cell.style;
  return style.color === color && style.isBold === isBold && style.isDim === isDim;
}

function toAttributes({ color, isBold, isDim }: Style): string {
  const fill = `fill="${color === null ? foreground : (colors[color] ?? foreground)}"`;
  return [fill, isBold ? 'font-weight="bold"' : "", isDim ? 'opacity="0.6"' : ""].filter(Boolean).join(" ");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
