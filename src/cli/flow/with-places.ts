import { z } from "zod";
import { type ConfigPath, type ParsedFile, toPlaceText } from "../../config/file/config-file.ts";
import { parseSettings } from "../../config/file/parse-settings.ts";
import { ProfclawError } from "../../core/errors.ts";
import type { PlanText } from "./read-plan-file.ts";

/**
 * Does the work on what a file asks for. What only the daemon knows (providers, roles, tools, agents) it refuses by a
 * pointer into the request; here that is told as the line and column where the person wrote it.
 */
export async function withPlaces<Value>(plan: PlanText, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    const pointer = error instanceof ProfclawError ? error.pointer : undefined;
    if (!(error instanceof ProfclawError) || pointer === undefined) throw error;
    const place = findPlace(plan, pointer);
    if (place === undefined) throw error;
    const { code, message, hint, status } = error;
    throw new ProfclawError(code, `${place}: ${message}`, {
      status,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

/** A value that a step or session takes from the defaults stands there; one that it lacks, where it begins. */
function findPlace({ name, text }: PlanText, pointer: string): string | undefined {
  const [top, ...inner] = pointer.split("/").slice(1).map(toKey);
  if (top !== "flow" && top !== "sessions") return undefined;
  const file = parseSettings(text, { file: name, schema: z.unknown() });
  const path = top === "flow" || Array.isArray(file.values) ? inner : [top, ...inner];
  const place = placeOf(file, path) ?? placeOf(file, ["defaults", ...path.slice(-1)]);
  return place ?? placeOf(file, path.slice(0, -1));
}

function placeOf(file: ParsedFile<unknown>, path: ConfigPath): string | undefined {
  const place = file.placeOf(path);
  return place === undefined ? undefined : toPlaceText(place);
}

function toKey(part: string): string | number {
  return /^\d+$/.test(part) ? Number(part) : part.replaceAll("~1", "/").replaceAll("~0", "~");
}
