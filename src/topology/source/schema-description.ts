import schema from "../../../schema/topology.schema.json" with { type: "json" };
import type { Path } from "../diagnostic.ts";

type Part = {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Part>>;
  readonly additionalProperties?: Part | boolean;
  readonly items?: Part;
};

/** What the schema says about the value at `path`: the words at the key itself before those of what it refers to. */
export function describeAt(path: Path): string {
  let part: Part | undefined = schema as Part;
  let description = part.description ?? "";
  for (const key of path) {
    part = step(part, String(key));
    if (part === undefined) break;
    description = part.description ?? followed(part).description ?? description;
  }
  return description;
}

function step(part: Part, key: string): Part | undefined {
  const here = followed(part);
  if (/^\d+$/.test(key) && here.items !== undefined) return here.items;
  const named = here.properties?.[key];
  if (named !== undefined) return named;
  return typeof here.additionalProperties === "object" ? here.additionalProperties : undefined;
}

function followed(part: Part): Part {
  const name = part.$ref?.replace("#/$defs/", "");
  if (name === undefined) return part;
  const target = (schema.$defs as Readonly<Record<string, Part>>)[name];
  return target === undefined ? part : target;
}
