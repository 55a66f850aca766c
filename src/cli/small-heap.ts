/** For a program of its own that looks on: it stands open for long and has little to do, often many times. */
export const lookingOnFlags = ["--max-semi-space-size=1", "--no-opt", "--no-maglev"];

// The factor counts each time the young heap would grow, its greatest size at the start only. What is kept is some 7 MB: a
// collection for every further MB of garbage takes 3 ms, and by V8's own measure there would be 25 MB by then.
const smallHeap = {
  begin: ["--semi-space-growth-factor=1", "--heap-growing-percent=10"],
  end: ["--semi-space-growth-factor=2", "--heap-growing-percent=0"],
};
const plainCode = { begin: ["--no-opt", "--no-maglev"], end: ["--opt", "--maglev"] };

/**
 * For who makes much garbage and keeps nothing: V8 would let the young heap grow to tens of MB before it looks for any.
 * To be called once all that is needed is loaded, and disposed of: what the cache of compiled code has, and is given at
 * the end, counts for the flags that were set then.
 */
export function keepYoungHeapSmall(): Disposable {
  return withFlags(smallHeap);
}

/** The same for who waits most of the time, too: the optimizing compilers take 2 MB to save it nothing. */
export function keepMemorySmall(): Disposable {
  return withFlags({
    begin: [...smallHeap.begin, ...plainCode.begin],
    end: [...smallHeap.end, ...plainCode.end],
  });
}

function withFlags({ begin, end }: typeof smallHeap): Disposable {
  // It began with them: nothing is to be set, and nothing set back.
  if (lookingOnFlags.every((flag) => process.execArgv.includes(flag)))
    return { [Symbol.dispose]: () => undefined };
  const v8 = process.getBuiltinModule("node:v8");
  for (const flag of begin) v8.setFlagsFromString(flag);
  return {
    [Symbol.dispose]: () => {
      for (const flag of end) v8.setFlagsFromString(flag);
    },
  };
}
