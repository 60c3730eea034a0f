import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { type Diagnostic, type Path, sortDiagnostics } from "../diagnostic.ts";

/** Values a file may hold after anchors are expanded; beyond it the file is a bomb rather than a network. */
const maximumValues = 200_000;
const maximumDepth = 40;

/** A YAML text as plain values, with the place of every key and value. */
export type YamlSource = {
  readonly file: string;
  /** Objects have no prototype, so that a key such as `__proto__` is a key. */
  readonly value: unknown;
  readonly faults: readonly Diagnostic[];
  /** Offset of the first syntax error: what stands after it may be lost. */
  readonly brokenAt: number;
  /** A fault at the key or value of `path`, or at the nearest enclosing one that is there. */
  diagnose(path: Path, message: string, at?: "key" | "value"): Diagnostic;
  offsetOf(path: Path, at?: "key" | "value"): number;
};

type Place = { readonly key: number; readonly value: number };

class TooLarge extends Error {}

/** Reads a YAML 1.2 text. Never throws: what cannot be read is a fault. */
export function readYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const places = new Map<string, Place>();
  const faults: Diagnostic[] = [];
  let brokenAt = Number.POSITIVE_INFINITY;
  let value: unknown;
  const diagnosticAt = (offset: number, path: Path, message: string): Diagnostic => {
    const { line, col } = lines.linePos(offset);
    return {
      file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      path: path.join("."),
      message,
    };
  };
  const offsetOf = (path: Path, at: "key" | "value" = "value"): number => {
    const place = places.get(path.join("\0"));
    if (place !== undefined) return place[at];
    return path.length === 0 ? 0 : offsetOf(path.slice(0, -1), "key");
  };
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: "silent",
    });
    for (const error of [...document.errors, ...document.warnings]) {
      brokenAt = Math.min(brokenAt, error.pos[0]);
      faults.push(diagnosticAt(error.pos[0], [], firstSentence(error.message)));
    }
    const reader = new Reader(document, places, (offset, path, message) => {
      faults.push(diagnosticAt(offset, path, message));
    });
    value = reader.read(document.contents, [], 0);
  } catch (cause) {
    // The parser descends once per level, so that a text of brackets alone ends as a RangeError.
    const message =
      cause instanceof TooLarge
        ? cause.message
        : "the text cannot be read as YAML: it is nested too deeply";
    faults.push(diagnosticAt(0, [], message));
    brokenAt = 0;
  }
  return {
    file,
    value,
    faults: sortDiagnostics(faults),
    brokenAt,
    offsetOf,
    diagnose: (path, message, at) => diagnosticAt(offsetOf(path, at), path, message),
  };
}

function firstSentence(message: string): string {
  return (message.split("\n")[0] ?? message).replace(/:$/, "");
}

/** Turns the parser's nodes into values: expands aliases and merge keys, within bounds, and notes every place. */
class Reader {
  #count = 0;
  readonly #open = new Set<Node>();
  readonly #document: Document;
  readonly #places: Map<string, Place>;
  readonly #report: (offset: number, path: Path, message: string) => void;

  constructor(
    document: Document,
    places: Map<string, Place>,
    report: (offset: number, path: Path, message: string) => void,
  ) {
    this.#document = document;
    this.#places = places;
    this.#report = report;
  }

  read(node: unknown, path: Path, depth: number, key?: number): unknown {
    const start = offset(node) ?? key ?? 0;
    if (!this.#places.has(path.join("\0"))) {
      this.#places.set(path.join("\0"), { key: key ?? start, value: start });
    }
    if (++this.#count > maximumValues) {
      throw new TooLarge(
        `the file holds more than ${maximumValues} values once its anchors are expanded; use fewer aliases`,
      );
    }
    if (depth > maximumDepth) {
      throw new TooLarge(`the file is nested more than ${maximumDepth} levels deep`);
    }
    if (isAlias(node)) return this.#alias(node.source, start, path, depth);
    if (isMap(node)) return this.#guard(node, () => this.#map(node, path, depth), path, start);
    if (isSeq(node)) {
      return this.#guard(
        node,
        () => node.items.map((item, index) => this.read(item, [...path, index], depth + 1)),
        path,
        start,
      );
    }
    return isScalar(node) ? node.value : null;
  }

  #alias(name: string, start: number, path: Path, depth: number): unknown {
    const target = this.#anchors().get(name);
    if (target !== undefined) return this.read(target, path, depth + 1);
    this.#report(start, path, `no anchor "&${name}" stands before this alias`);
    return null;
  }

  #named: Map<string, Node> | undefined;
  #anchors(): Map<string, Node> {
    this.#named ??= collectAnchors(this.#document.contents);
    return this.#named;
  }

  #guard(node: Node, inside: () => unknown, path: Path, start: number): unknown {
    if (this.#open.has(node)) {
      this.#report(start, path, "the anchor contains itself");
      return null;
    }
    this.#open.add(node);
    try {
      return inside();
    } finally {
      this.#open.delete(node);
    }
  }

  #map(map: YAMLMap, path: Path, depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = Object.create(null);
    const merged: Pair[] = [];
    for (const pair of map.items) {
      const at = offset(pair.key) ?? 0;
      if (!isScalar(pair.key)) {
        this.#report(at, path, "a key must be a plain name or number");
        continue;
      }
      const key = String(pair.key.value);
      if (key === "<<") {
        merged.push(pair);
      } else if (Object.hasOwn(result, key)) {
        this.#report(at, [...path, key], "this key is already there above; write it once");
      } else {
        result[key] = this.read(pair.value, [...path, key], depth + 1, at);
      }
    }
    for (const pair of merged) this.#merge(pair, result, path, depth);
    return result;
  }

  /** `<<: *base`: keys of `base` that the map does not have itself (YAML 1.1 merge). */
  #merge(pair: Pair, into: Record<string, unknown>, path: Path, depth: number): void {
    const at = offset(pair.key) ?? 0;
    const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
    for (const source of sources) {
      const before = this.#places.size;
      const value = this.read(source, [...path, "<<"], depth + 1, at);
      if (value === null && isAlias(source)) continue;
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        this.#report(at, [...path, "<<"], "a merge key takes a map, or a list of maps");
        continue;
      }
      for (const [key, entry] of Object.entries(value)) {
        if (Object.hasOwn(into, key)) continue;
        into[key] = entry;
      }
      this.#movePlaces(before, path);
    }
  }

  /** Places noted below `<<` are those of the values now in the map itself. */
  #movePlaces(before: number, path: Path): void {
    const prefix = [...path, "<<"].join("\0");
    const added = [...this.#places].slice(before);
    for (const [name, place] of added) {
      if (!name.startsWith(prefix)) continue;
      this.#places.delete(name);
      const moved = [...path, ...name.slice(prefix.length + 1).split("\0")].join("\0");
      if (name !== prefix && !this.#places.has(moved)) this.#places.set(moved, place);
    }
  }
}

function offset(node: unknown): number | undefined {
  if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return undefined;
  return node.range?.[0];
}

function collectAnchors(root: unknown): Map<string, Node> {
  const found = new Map<string, Node>();
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const node = pending.pop();
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) continue;
    if (node.anchor !== undefined) found.set(node.anchor, node);
    if (isSeq(node)) pending.push(...node.items);
    if (isMap(node)) for (const pair of node.items) pending.push(pair.key, pair.value);
  }
  return found;
}
