import { ipFromBytes } from "../libc/ip-address.ts";
import {
  type AnyShape,
  type AnyStruct,
  type AnyType,
  type FieldType,
  fieldSize,
  type ScalarName,
  type Shape,
  structSize,
} from "./attribute-table.ts";

type Entry = { readonly name: string; readonly type: AnyType };
type Target = { [name: string]: unknown };

const text = new TextDecoder();
const numberMask = 0x3fff;
const entriesByShape = new WeakMap<AnyShape, ReadonlyMap<number, readonly Entry[]>>();

/**
 * Reads a message's header and attributes. Attributes that the shape does not know are passed over, as are values too
 * short for their type: a newer kernel may say more than we ask for.
 */
export function decode<Value extends object>(shape: Shape<Value>, bytes: Uint8Array): Value {
  return readShape(shape as unknown as AnyShape, bytes) as Value;
}

function readShape(shape: AnyShape, bytes: Uint8Array): Target {
  const value: Target = {};
  let offset = 0;
  if (shape.header !== undefined) {
    Object.assign(value, readStruct(shape.header, bytes));
    offset = (structSize(shape.header) + 3) & ~3;
  }
  const entries = entriesOf(shape);
  for (const [number, payload] of attributesIn(bytes, offset)) {
    const entry = entries.get(number)?.find((candidate) => applies(candidate.type, value));
    if (entry !== undefined) {
      readInto(value, entry, payload);
    }
  }
  return value;
}

function entriesOf(shape: AnyShape): ReadonlyMap<number, readonly Entry[]> {
  const known = entriesByShape.get(shape);
  if (known !== undefined) {
    return known;
  }
  const entries = new Map<number, Entry[]>();
  for (const [name, [number, type]] of Object.entries(shape.attributes)) {
    entries.set(number, [...(entries.get(number) ?? []), { name, type }]);
  }
  entriesByShape.set(shape, entries);
  return entries;
}

function applies(type: AnyType, siblings: Target): boolean {
  if (typeof type === "string" || !("when" in type) || type.when === undefined) {
    return true;
  }
  return siblings[type.when.key] === type.when.is;
}

function readInto(value: Target, entry: Entry, payload: Uint8Array): void {
  const { name, type } = entry;
  if (typeof type === "object" && "repeated" in type) {
    const item = readValue(type.repeated, payload);
    if (item !== undefined) {
      value[name] = [...((value[name] as readonly unknown[] | undefined) ?? []), item];
    }
    return;
  }
  const read = readValue(type, payload);
  if (read !== undefined) {
    value[name] = read;
  }
}

function readValue(type: AnyType, payload: Uint8Array): unknown {
  if (typeof type === "string") {
    return readScalar(type, payload);
  }
  if ("choice" in type) {
    return payload.length < fieldSize[type.as]
      ? undefined
      : type.choice[readField(type.as, viewOn(payload), 0)];
  }
  if ("shape" in type) {
    return readShape(type.shape, payload);
  }
  if ("struct" in type) {
    return payload.length < structSize(type.struct) ? undefined : readStruct(type.struct, payload);
  }
  if ("list" in type) {
    return [...attributesIn(payload, 0)]
      .filter(([number]) => type.item === undefined || type.item === number)
      .map(([, item]) => readValue(type.list, item))
      .filter((item) => item !== undefined);
  }
  return undefined;
}

/** Walks over attributes: number without flags, and payload. Stops at the first that does not fit. */
export function* attributesIn(
  bytes: Uint8Array,
  start: number,
): Generator<readonly [number, Uint8Array]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = start;
  while (offset + 4 <= bytes.length) {
    const length = view.getUint16(offset, true);
    if (length < 4 || offset + length > bytes.length) {
      return;
    }
    const number = view.getUint16(offset + 2, true) & numberMask;
    yield [number, bytes.subarray(offset + 4, offset + length)];
    offset += (length + 3) & ~3;
  }
}

/** Reads a fixed structure; fields beyond the end of `bytes` are 0. */
function readStruct(struct: AnyStruct, bytes: Uint8Array): Target {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const value: Target = {};
  let offset = 0;
  for (const [name, type] of struct) {
    const size = fieldSize[type];
    if (name !== null) {
      value[name] = offset + size > bytes.length ? 0 : readField(type, view, offset);
    }
    offset += size;
  }
  return value;
}

function readField(type: FieldType, view: DataView, offset: number): number {
  switch (type) {
    case "u8":
      return view.getUint8(offset);
    case "u16":
      return view.getUint16(offset, true);
    case "be16":
      return view.getUint16(offset, false);
    case "u32":
      return view.getUint32(offset, true);
    case "be32":
      return view.getUint32(offset, false);
    case "s32":
      return view.getInt32(offset, true);
    case "u64":
      return Number(view.getBigUint64(offset, true));
    default:
      return type satisfies never;
  }
}

function readScalar(type: ScalarName, payload: Uint8Array): unknown {
  switch (type) {
    case "bool":
      return payload.length < 1 ? undefined : payload[0] !== 0;
    case "flag":
      return true;
    case "string":
      return text.decode(payload.at(-1) === 0 ? payload.subarray(0, -1) : payload);
    case "mac":
      return payload.length === 6
        ? Buffer.from(payload)
            .toString("hex")
            .replace(/(..)(?=.)/g, "$1:")
        : undefined;
    case "ip":
      return payload.length === 4 || payload.length === 16 ? ipFromBytes(payload) : undefined;
    case "bytes":
      return payload.slice();
    default:
      return payload.length < fieldSize[type] ? undefined : readField(type, viewOn(payload), 0);
  }
}

function viewOn(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
