import { ProfclawError } from "../core/errors.ts";

/** One thing wrong with a request: in words, where, and what to do where that can be said. */
export interface InputFault {
  detail: string;
  pointer: string;
  hint?: string;
}

/** A request of the wrong shape, with all of its faults; the first is the detail. */
export class InvalidInput extends ProfclawError {
  readonly others: readonly InputFault[];

  constructor(first: InputFault, others: readonly InputFault[] = []) {
    super("invalid-request", first.detail, {
      pointer: first.pointer,
      hint: first.hint ?? "The shape of every request: /docs to read, /openapi.json for programs.",
    });
    this.others = others;
  }
}
