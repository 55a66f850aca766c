/** Cuts a stream into lines, each with its end. */
export interface PieceLines {
  add(chunk: Buffer): void;
  /** What is left is a line too. */
  end(): void;
}

// One that is longer is nobody's; its start is kept to be looked at.
const longestBytes = 16 * 1024 * 1024;
const keptBytes = 64 * 1024;

export function createPieceLines(onLine: (line: Buffer) => void): PieceLines {
  let pieces: Buffer[] = [];
  let size = 0;
  const keep = (piece: Buffer): void => {
    size += piece.length;
    if (size <= longestBytes) pieces.push(piece);
    else if (pieces.length > 1) pieces = [Buffer.concat(pieces).subarray(0, keptBytes)];
  };
  const flush = (): void => {
    if (size === 0) return;
    const line = Buffer.concat(pieces);
    const isCut = size > longestBytes;
    [pieces, size] = [[], 0];
    onLine(isCut ? Buffer.concat([line.subarray(0, keptBytes), Buffer.from("\n")]) : line);
  };
  return {
    add(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        keep(chunk.subarray(from, at + 1));
        from = at + 1;
        flush();
      }
      if (from < chunk.length) keep(chunk.subarray(from));
    },
    end: flush,
  };
}
