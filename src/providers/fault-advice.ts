import type { FaultCode, ProviderFault } from "./fault.ts";
import { findProviderEntry, toBaseUrlVariable, toKeyVariable } from "./provider-data.ts";

/** Who was asked, for the words of an advice. */
export interface AskedModel {
  provider: string;
  model: string;
  /** null: not known. */
  baseUrl: string | null;
}

/** What a person can do about a call that brought no whole answer. */
export function toFaultAdvice(
  fault: Pick<ProviderFault, "code" | "retryAfterMs">,
  asked: AskedModel,
): string {
  const seconds = fault.retryAfterMs === null ? "" : ` ${Math.ceil(fault.retryAfterMs / 1_000)} s`;
  const isLocal = findProviderEntry(asked.provider)?.isKeyless === true;
  return advices[fault.code]({ ...asked, isLocal, seconds });
}

interface AdviceFacts extends AskedModel {
  isLocal: boolean;
  /** How long to wait, where the provider says so: " 7 s". */
  seconds: string;
}

const patient = "Sessions wait for that by themselves.";

const advices: Record<FaultCode, (facts: AdviceFacts) => string> = {
  auth: ({ provider }) =>
    `The key in ${toKeyVariable(provider)} (or providers.${provider}.api_key of the settings file) is refused: ` +
    `make a new one with ${provider}, or see whether it may use this model.`,
  quota: ({ provider }) =>
    `The account is out of credit, or over its plan: put that right with ${provider}, or name another provider.`,
  "rate-limited": ({ seconds }) =>
    `Too many calls at the moment: try again in${seconds || " a while"}. ${patient}`,
  overloaded: ({ provider, seconds }) =>
    `${provider} has too much to do: try again in${seconds || " a while"}. ${patient}`,
  "server-error": ({ provider }) => `The trouble is with ${provider}: try again in a while. ${patient}`,
  network: ({ isLocal, baseUrl, provider }) =>
    isLocal
      ? `Nothing answers at ${baseUrl ?? "its address"}. Start it: ollama serve. Elsewhere: OLLAMA_HOST=host:port.`
      : `Nothing answers at ${baseUrl ?? "its address"}: see to the network, a proxy, or ${toBaseUrlVariable(provider)}.`,
  timeout: ({ isLocal, baseUrl }) =>
    isLocal
      ? "A model that is not in memory yet takes its time: try again."
      : `${baseUrl ?? "The server"} took the request and said nothing: try again; is it the right URL?`,
  "cut-off": () => "The connection broke in the middle: try again; a proxy in between may cut long answers.",
  malformed: ({ provider, baseUrl }) =>
    `What answers at ${baseUrl ?? "that address"} does not speak the API of ${provider}: see to ${toBaseUrlVariable(provider)}.`,
  "not-found": ({ isLocal, provider, model }) =>
    isLocal
      ? `Install it: ollama pull ${model}. What there is: profclaw models list --provider ${provider}`
      : `Is the model's name right? profclaw models list --provider ${provider}. Is ${toBaseUrlVariable(provider)}, if set?`,
  "bad-request": ({ provider }) =>
    `The provider refuses such a request: is this a model that chats? profclaw models list --provider ${provider}`,
  "context-length": () => "The model takes hardly any text: name another one.",
  aborted: () => "It was stopped before the answer was there: try again.",
  internal: () => "This is a fault of profclaw's own; the words above say where.",
};
