import type { ErrorObject, ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import schema from "../../../schema/topology.schema.json" with { type: "json" };
import type { Diagnostic, Path } from "../diagnostic.ts";
import { nearest } from "../did-you-mean.ts";
import type { WrittenTopology } from "../written.ts";
import { indexed, originalIndex } from "./indexed.ts";
import { describeAt } from "./schema-description.ts";
import { schemaMessage } from "./schema-message.ts";
import type { YamlSource } from "./yaml-source.ts";

export type SchemaResult = {
  /** The value without what the schema refuses; undefined when nothing is left to look at. */
  readonly value: WrittenTopology | undefined;
  readonly faults: readonly Diagnostic[];
  /** Names that stand in refused parts: a reference to one of them is no fault of its own. */
  readonly lost: ReadonlySet<string>;
};

let compiled: ValidateFunction | undefined;

/** Compiling takes a tenth of a second, so a command that reads no file does not pay for it. */
function validator(): ValidateFunction {
  compiled ??= new Ajv2020({
    allErrors: true,
    allowUnionTypes: true,
    verbose: true,
    validateFormats: false,
    // Each would take longer than a check: a test holds the schema against its own schema, and every file is checked once.
    validateSchema: false,
    code: { optimize: false },
  }).compile(schema);
  return compiled;
}

/** Checks the shape. The schema has no `anyOf`: a value's type chooses the form it is held against, so faults are about that form alone. */
export function checkSchema(source: YamlSource): SchemaResult {
  const faults: Diagnostic[] = [];
  const lost = new Set<string>();
  const value = copyOf(source.value);
  // Taking a refused part out can leave its owner short of a required key, which is then taken out in turn, silently.
  for (let round = 0; round < 12; round++) {
    const validate = validator();
    if (validate(value)) return { value: value as WrittenTopology, faults, lost };
    const errors = withoutFollowOns(validate.errors ?? []);
    if (round === 0) {
      for (const error of errors) {
        faults.push(
          source.diagnose(instancePath(error), schemaMessage(error, describe), placeOf(error)),
        );
      }
    }
    const survives = errors.map((error) => remove(value, instancePath(error), lost));
    if (survives.includes(false)) break;
    compact(value);
  }
  return { value: undefined, faults, lost };
}

/** A missing key whose misspelling is there as an unknown key is one fault, not two. */
function withoutFollowOns(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unknown = errors.filter((error) => error.keyword === "additionalProperties");
  return errors.filter((error) => {
    if (error.keyword === "propertyNames") return false;
    if (error.keyword !== "required") return true;
    const missing = String(error.params["missingProperty"]);
    return !unknown.some(
      (other) =>
        other.instancePath === error.instancePath &&
        nearest(String(other.params["additionalProperty"]), [missing]) !== undefined,
    );
  });
}

function describe(error: ErrorObject, key?: string): string {
  const path = instancePath(error);
  return describeAt(key === undefined ? path : [...path, key]);
}

function placeOf(error: ErrorObject): "key" | "value" {
  const atKey = error.propertyName !== undefined || error.keyword === "additionalProperties";
  return atKey || error.keyword === "required" ? "key" : "value";
}

function instancePath(error: ErrorObject): Path {
  const path: string[] = error.instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const extra = error.propertyName ?? error.params["additionalProperty"];
  return extra === undefined ? path : [...path, String(extra)];
}

/** Takes the value at `path` out of its object, or marks it in its list; false if that leaves nothing. */
function remove(root: unknown, path: Path, lost: Set<string>): boolean {
  const last = path.at(-1);
  if (last === undefined) return nameAnyway(root);
  const owner = path.slice(0, -1).reduce<unknown>((value, key) => child(value, key), root);
  if (typeof owner !== "object" || owner === null) return true;
  collectNames(child(owner, last), lost);
  if (Array.isArray(owner)) {
    owner[Number(last)] = removed;
  } else {
    lost.add(String(last));
    Reflect.deleteProperty(owner, last);
    if (path.length === 1 && last === "name") nameAnyway(root);
  }
  return true;
}

const removed = Symbol("removed");

/** A missing or refused lab name hides nothing else. */
function nameAnyway(root: unknown): boolean {
  if (typeof root !== "object" || root === null || Array.isArray(root)) return false;
  if (Object.hasOwn(root, "name")) return false;
  Object.assign(root, { name: "unnamed" });
  return true;
}

function child(value: unknown, key: string | number): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function collectNames(value: unknown, into: Set<string>): void {
  if (typeof value === "string") into.add(value);
  if (typeof value !== "object" || value === null) return;
  for (const [key, entry] of Object.entries(value)) {
    into.add(key);
    collectNames(entry, into);
  }
}

/** Drops what is marked as removed from lists, which remember where their entries stood in the file. */
function compact(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    const kept = indexed<unknown>(value).filter(([, entry]) => entry !== removed);
    originalIndex.set(
      value,
      kept.map(([index]) => index),
    );
    value.splice(0, value.length, ...kept.map(([, entry]) => entry));
  }
  for (const entry of Object.values(value)) compact(entry);
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, entry] of Object.entries(value)) copy[key] = copyOf(entry);
  return copy;
}
