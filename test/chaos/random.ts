/** A stream of chances that a seed decides: the same seed, the same chances. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number, both ends included. */
  int(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<Value>(from: readonly [Value, ...Value[]]): Value;
  /** A stream of its own for a part of the work, so that parts side by side do not disturb each other. */
  fork(label: string): Random;
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough to pick moments. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const random: Random = {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
    int: (from, to) => from + Math.floor(random.next() * (to - from + 1)),
    chance: (probability) => random.next() < probability,
    pick: (from) => from[random.int(0, from.length - 1)] ?? from[0],
    fork: (label) => createRandom(hash(`${seed} ${label}`)),
  };
  return random;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}
