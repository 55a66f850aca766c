/** One value that is read and replaced. */
interface Cell<Value> {
  get(): Value;
  set(value: Value): void;
}

export function createCell<Value>(initial: Value): Cell<Value> {
  let current = initial;
  return {
    get: () => current,
    set(value) {
      current = value;
    },
  };
}
