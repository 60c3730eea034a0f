import { ipToBytes } from "../libc/ip-address.ts";
import {
  type AnyShape,
  type AnyStruct,
  type AnyType,
  type AnyValue,
  type FieldType,
  fieldSize,
  type ScalarName,
  type Shape,
} from "./attribute-table.ts";
import { ByteWriter } from "./byte-writer.ts";

const nestedFlag = 0x8000;
const text = new TextEncoder();

/** The bytes of a message's header and attributes (without the netlink header). Absent properties are left out. */
export function encode<Value extends object>(shape: Shape<Value>, value: Value): Uint8Array {
  const writer = new ByteWriter();
  writeShape(writer, shape as unknown as AnyShape, value as AnyValue);
  return writer.bytes();
}

function writeShape(writer: ByteWriter, shape: AnyShape, value: AnyValue): void {
  if (shape.header !== undefined) {
    writeStruct(writer, shape.header, value);
    writer.align();
  }
  for (const [name, [number, type]] of Object.entries(shape.attributes)) {
    const property = value[name];
    if (property !== undefined) {
      writeAttribute(writer, number, type, property);
    }
  }
}

function writeAttribute(writer: ByteWriter, number: number, type: AnyType, value: unknown): void {
  if (typeof type === "object" && "repeated" in type) {
    for (const item of value as readonly unknown[]) {
      writeAttribute(writer, number, type.repeated, item);
    }
    return;
  }
  const nests =
    typeof type === "object" &&
    ("list" in type || ("shape" in type && type.shape.header === undefined));
  const start = writer.length;
  writer.u16(0);
  writer.u16(nests ? number | nestedFlag : number);
  writeValue(writer, type, value);
  writer.setU16(start, writer.length - start);
  writer.align();
}

function writeValue(writer: ByteWriter, type: AnyType, value: unknown): void {
  if (typeof type === "string") {
    writeScalar(writer, type, value);
  } else if ("choice" in type) {
    writeField(writer, type.as, positionIn(type.choice, value as string));
  } else if ("shape" in type) {
    writeShape(writer, type.shape, value as AnyValue);
  } else if ("struct" in type) {
    writeStruct(writer, type.struct, value as AnyValue);
  } else if ("list" in type) {
    for (const [index, item] of (value as readonly unknown[]).entries()) {
      writeAttribute(writer, type.item ?? (type.first ?? 0) + index, type.list, item);
    }
  }
}

function positionIn(choice: readonly string[], value: string): number {
  const position = choice.indexOf(value);
  if (position < 0) {
    throw new RangeError(`"${value}" is none of ${choice.join(", ")}`);
  }
  return position;
}

function writeStruct(writer: ByteWriter, struct: AnyStruct, value: AnyValue): void {
  for (const [name, type] of struct) {
    const field = name === null ? 0 : (value[name] ?? 0);
    writeField(writer, type, Number(field));
  }
}

function writeField(writer: ByteWriter, type: FieldType, value: number): void {
  const at = writer.grow(fieldSize[type]);
  const view = writer.view();
  if (type === "u64") {
    view.setBigUint64(at, BigInt(value), true);
  } else if (type === "u8") {
    view.setUint8(at, value);
  } else if (type === "u16" || type === "be16") {
    view.setUint16(at, value, type === "u16");
  } else {
    view.setUint32(at, value >>> 0, type !== "be32");
  }
}

function writeScalar(writer: ByteWriter, type: ScalarName, value: unknown): void {
  switch (type) {
    case "bool":
      writeField(writer, "u8", value === true ? 1 : 0);
      return;
    case "flag":
      return;
    case "string":
      writer.write(text.encode(`${value as string}\0`));
      return;
    case "mac":
      writer.write(macBytes(value as string));
      return;
    case "ip":
      writer.write(ipToBytes(value as string));
      return;
    case "bytes":
      writer.write(value as Uint8Array);
      return;
    default:
      writeField(writer, type, value as number);
  }
}

function macBytes(address: string): Uint8Array {
  const bytes = address.split(":").map((pair) => Number.parseInt(pair, 16));
  if (bytes.length !== 6 || bytes.some((byte) => !(byte >= 0 && byte <= 255))) {
    throw new RangeError(`"${address}" is no MAC address such as 02:00:5e:10:00:01`);
  }
  return Uint8Array.from(bytes);
}
