import type { Command } from "commander";

export interface FlagShape {
  /** "--status" */
  long: string;
  /** "-a" */
  short: string | undefined;
  takesValue: boolean;
  description: string;
}

/** A place for words without a flag: `<id...>`. */
interface PlaceShape {
  name: string;
  isMany: boolean;
  description: string;
}

/** All that can be typed after a command's name. */
export interface CommandShape {
  examples: readonly string[];
  flags: FlagShape[];
  places: PlaceShape[];
}

/** What a parser takes, as data. Flags that are not shown in its help are left out. */
export function toShape(parser: Command, examples: readonly string[]): CommandShape {
  return {
    examples,
    flags: parser
      .createHelp()
      .visibleOptions(parser)
      .map(({ long, short, required, optional, description }) => ({
        long: long ?? short ?? "",
        short,
        takesValue: required || optional,
        description,
      })),
    places: parser.registeredArguments.map((place) => ({
      name: place.name(),
      isMany: place.variadic,
      description: place.description,
    })),
  };
}
