import { type JsonRecord, toRecord, toRecords } from "../json-record.ts";
import { toText } from "./acp-content.ts";

/** What is to be done so that a conversation is held with the wanted model. */
export type ModelStep =
  | { kind: "is-set" }
  | { kind: "ask"; method: string; params: JsonRecord }
  | { kind: "unknown"; known: string[] };

/** `opened`: what the agent answered to session/new or session/load, with the models it has. */
export function findModelStep(opened: JsonRecord, wanted: string): ModelStep {
  const option = toRecords(opened["configOptions"]).find(
    ({ category, id }) => category === "model" || id === "model",
  );
  if (option !== undefined) return toOptionStep(option, wanted);
  const models = toRecord(opened["models"]) ?? {};
  if (models["currentModelId"] === wanted) return { kind: "is-set" };
  const known = toRecords(models["availableModels"]).map(({ modelId }) => toText(modelId));
  if (!known.includes(wanted)) return { kind: "unknown", known };
  return { kind: "ask", method: "session/set_model", params: { modelId: wanted } };
}

function toOptionStep({ id, currentValue, options }: JsonRecord, wanted: string): ModelStep {
  if (currentValue === wanted) return { kind: "is-set" };
  // Plain ones, or in groups.
  const known = toRecords(options)
    .flatMap((one) => (toRecord(one)?.["value"] === undefined ? toRecords(one["options"]) : [one]))
    .map(({ value }) => toText(value));
  if (!known.includes(wanted)) return { kind: "unknown", known };
  return {
    kind: "ask",
    method: "session/set_config_option",
    params: { configId: toText(id), value: wanted },
  };
}
