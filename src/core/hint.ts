/** Words of a user that speak for a tool. Advice only: nothing starts by itself. */
export interface Hint {
  id: string;
  /** The tool that it speaks for. */
  tool: string;
  /** For the model that reads it. */
  advice: string;
  /**
   * Lower case. A word's end may be open ("parallel*"), and "..." stands for up to four words. Between two marks
   * of punctuation, and not where the words before deny it.
   */
  phrases: readonly string[];
}

/** A hint whose phrase stands in a text. */
export interface FoundHint {
  hint: Hint;
  phrase: string;
  /** As it stands in the text. */
  matched: string;
}

/** What may be a phrase: words, with "..." only between two of them. */
export function isHintPhrase(text: string): boolean {
  return /^[\p{Ll}\p{Lo}\p{N}'-]+\*?(?: (?:\.\.\. )?[\p{Ll}\p{Lo}\p{N}'-]+\*?){0,7}$/u.test(text);
}
