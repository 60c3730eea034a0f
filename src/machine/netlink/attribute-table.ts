/** Attribute types of one value, with what they are in TypeScript. `be` is network byte order, the rest is the host's. */
type Scalars = {
  readonly u8: number;
  readonly u16: number;
  readonly u32: number;
  readonly s32: number;
  /** A number: exact up to 2^53, which no counter here reaches. */
  readonly u64: number;
  readonly be16: number;
  readonly be32: number;
  /** One byte, 0 or 1. */
  readonly bool: boolean;
  /** Present or absent, without a value. */
  readonly flag: true;
  /** UTF-8, ended by a zero byte. */
  readonly string: string;
  /** Six bytes as `02:00:00:00:00:01`. */
  readonly mac: string;
  /** 4 or 16 bytes as text. */
  readonly ip: string;
  readonly bytes: Uint8Array;
};
export type ScalarName = keyof Scalars;

/** Types a fixed structure may have for a field. */
export type FieldType = "u8" | "u16" | "u32" | "s32" | "u64" | "be16" | "be32";

/** Integer types that can stand for one of a list of names. */
type ChoiceType = "u8" | "u16" | "u32";

/** A fixed structure: fields in order, without hidden padding; a `null` name is padding of that type. */
export type Struct<Value> = readonly (readonly [(keyof Value & string) | null, FieldType])[];

/** Attributes by name: the kernel's number and the type. */
type Table<Value> = {
  readonly [Key in keyof Value]?: readonly [number, AttributeType<NonNullable<Value[Key]>>];
};

/** A message, or a nested attribute: a fixed header (its fields are plain properties), then attributes. */
export type Shape<Value> = {
  readonly header?: Struct<Value>;
  readonly attributes: Table<Value>;
};

type ScalarFor<Value> = {
  [Name in ScalarName]: Value extends Scalars[Name] ? Name : never;
}[ScalarName];

type ItemOf<Value> = Value extends Uint8Array
  ? never
  : Value extends readonly (infer Item)[]
    ? Item
    : never;

/**
 * How an attribute carries a value:
 * - a scalar;
 * - `choice`: the position in a list of names, as an integer;
 * - `shape`: nested attributes; with `when`, only where a sibling (decoded before it) has that value, so that one
 *   attribute number can have a meaning per link kind;
 * - `struct`: a fixed structure;
 * - `repeated`: the attribute occurs once for each item;
 * - `list`: one attribute with the items nested in it, all numbered `item`, or counted up from `first`.
 */
export type AttributeType<Value> =
  | ScalarFor<Value>
  | { readonly choice: readonly (Value & string)[]; readonly as: ChoiceType }
  | {
      readonly shape: Shape<Value>;
      readonly when?: { readonly key: string; readonly is: string };
    }
  | { readonly struct: Struct<Value> }
  | { readonly repeated: AttributeType<ItemOf<Value>> }
  | { readonly list: AttributeType<ItemOf<Value>>; readonly item: number }
  | { readonly list: AttributeType<ItemOf<Value>>; readonly first: number };

/** The same without the types of values: what the encoder and the decoder walk over. */
export type AnyType =
  | ScalarName
  | { readonly choice: readonly string[]; readonly as: ChoiceType }
  | { readonly shape: AnyShape; readonly when?: { readonly key: string; readonly is: string } }
  | { readonly struct: AnyStruct }
  | { readonly repeated: AnyType }
  | { readonly list: AnyType; readonly item?: number; readonly first?: number };
export type AnyStruct = readonly (readonly [string | null, FieldType])[];
export type AnyShape = {
  readonly header?: AnyStruct;
  readonly attributes: { readonly [name: string]: readonly [number, AnyType] };
};
export type AnyValue = { readonly [name: string]: unknown };

/** Sizes of structure fields, in bytes. */
export const fieldSize: { readonly [Name in FieldType]: number } = {
  u8: 1,
  u16: 2,
  u32: 4,
  s32: 4,
  u64: 8,
  be16: 2,
  be32: 4,
};

/** The bytes a structure takes, without padding at its end. */
export function structSize(struct: AnyStruct): number {
  return struct.reduce((size, [, type]) => size + fieldSize[type], 0);
}
