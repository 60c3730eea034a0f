import type { ErrorObject } from "ajv";
import { nearest, suggestion } from "../did-you-mean.ts";

const typeWords: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  integer: "a whole number",
  null: "nothing",
  number: "a number",
  object: "an object",
  string: "a text",
};

function typeWord(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "boolean") return `${value}`;
  return typeof value === "object" ? "an object" : `${JSON.stringify(value)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

type Describe = (error: ErrorObject, key?: string) => string;

function unknownKey(error: ErrorObject): string {
  const key = String(error.params["additionalProperty"]);
  const parent = error.parentSchema as { properties?: object } | undefined;
  const known = Object.keys(parent?.properties ?? {});
  const near = nearest(key, known);
  const hint = near === undefined ? `allowed here: ${known.join(", ")}` : `did you mean "${near}"?`;
  return `unknown key; ${hint}`;
}

function enumMessage(error: ErrorObject): string {
  const allowed = (error.params["allowedValues"] as readonly unknown[]).map(String);
  const value = error.propertyName ?? error.data;
  const subject = error.propertyName === undefined ? shown(value) : `unknown key "${value}"`;
  const near = typeof value === "string" ? nearest(value, allowed) : undefined;
  const hint = near === undefined ? "" : `did you mean "${near}"? `;
  return `${subject}; ${hint}${hint === "" ? "allowed" : "Allowed"}: ${allowed.join(", ")}`;
}

function countMessage(error: ErrorObject, few: boolean, unit: string, describe: Describe): string {
  const limit = Number(error.params["limit"]);
  return `too ${few ? "few" : "many"} ${unit}; ${few ? "at least" : "at most"} ${limit}. ${describe(error)}`;
}

function patternMessage(error: ErrorObject, describe: Describe): string {
  if (error.propertyName !== undefined) {
    const { description } = error.parentSchema as { readonly description?: string };
    return `"${error.propertyName}" is not ${lower(description ?? "allowed")}`;
  }
  const alternatives = /^\^\(([a-z|-]+)\)\$$/
    .exec(String(error.params["pattern"]))?.[1]
    ?.split("|");
  if (alternatives !== undefined) {
    return `${shown(error.data)}; ${suggestion(String(error.data), alternatives)}`;
  }
  return `${shown(error.data)} does not have the form; ${lower(describe(error))}`;
}

/** For the middle of a sentence; `IEEE` and `IPv4` keep their capitals. */
function lower(text: string): string {
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function rangeMessage(error: ErrorObject): string {
  const { minimum, maximum, multipleOf } = error.parentSchema as Readonly<Record<string, unknown>>;
  const steps = multipleOf === undefined ? "" : ` in steps of ${multipleOf}`;
  return `${shown(error.data)} is out of range; use ${minimum} to ${maximum}${steps}`;
}

/**
 * One fault of the schema in words: what is wrong; what is allowed.
 *
 * @param describe the schema's description of the value at fault, or of a key of it.
 */
export function schemaMessage(error: ErrorObject, describe: Describe): string {
  switch (error.keyword) {
    case "additionalProperties":
      return unknownKey(error);
    case "required":
      return `"${error.params["missingProperty"]}" is missing. ${describe(error, String(error.params["missingProperty"]))}`;
    case "type": {
      const types = [error.params["type"]].flat().map((name) => typeWords[String(name)] ?? name);
      return `${typeWord(error.data)} cannot stand here; ${types.join(" or ")} is meant. ${describe(error)}`;
    }
    case "enum":
      return enumMessage(error);
    case "const":
      return `${shown(error.data)}; only ${shown(error.params["allowedValue"])} is allowed. ${describe(error)}`;
    case "pattern":
      return patternMessage(error, describe);
    case "minItems":
      return countMessage(error, true, "entries", describe);
    case "maxItems":
      return countMessage(error, false, "entries", describe);
    case "minProperties":
      return countMessage(error, true, "keys", describe);
    case "maxProperties":
      return countMessage(error, false, "keys", describe);
    case "minLength":
      return `the text is empty. ${describe(error)}`;
    case "minimum":
    case "maximum":
    case "multipleOf":
      return rangeMessage(error);
    default:
      return `${error.message ?? error.keyword}. ${describe(error)}`;
  }
}
