/** What a caller said of provider and model. */
export interface ModelWish {
  provider?: string | undefined;
  model?: string | undefined;
}

/** What that comes to. `requestedModel` is what was written where an alias changed it. */
export interface ModelChoice {
  provider: string;
  model: string;
  requestedModel: string | null;
  /** For the caller: a model without a price, for one. */
  warnings: string[];
}
