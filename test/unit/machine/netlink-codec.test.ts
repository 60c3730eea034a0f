import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressShape } from "../../../src/machine/netlink/addresses.ts";
import type { AnyShape, AnyType, Shape } from "../../../src/machine/netlink/attribute-table.ts";
import { bridgeVlanShape } from "../../../src/machine/netlink/bridge-vlans.ts";
import { decode } from "../../../src/machine/netlink/decode.ts";
import { encode } from "../../../src/machine/netlink/encode.ts";
import { linkShape } from "../../../src/machine/netlink/link-message.ts";
import { namespaceIdShape } from "../../../src/machine/netlink/namespace-ids.ts";
import { neighbourShape } from "../../../src/machine/netlink/neighbour-message.ts";
import { routeShape } from "../../../src/machine/netlink/routes.ts";
import { trafficShape } from "../../../src/machine/netlink/traffic-message.ts";

const integer = {
  u8: fc.integer({ min: 0, max: 0xff }),
  u16: fc.integer({ min: 0, max: 0xffff }),
  be16: fc.integer({ min: 0, max: 0xffff }),
  u32: fc.integer({ min: 0, max: 0xffff_ffff }),
  be32: fc.integer({ min: 0, max: 0xffff_ffff }),
  s32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  u64: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
};
const scalar = {
  ...integer,
  bool: fc.boolean(),
  flag: fc.constant(true),
  string: fc.string({ unit: "grapheme-ascii", maxLength: 40 }),
  mac: fc
    .uint8Array({ minLength: 6, maxLength: 6 })
    .map((bytes) => Buffer.from(bytes).toString("hex").match(/../g)?.join(":") ?? ""),
  ip: fc.oneof(fc.ipV4(), fc.constantFrom("::", "2001:db8::1", "fe80::ff:fe00:1", "ff02::1:2")),
  bytes: fc.uint8Array({ maxLength: 30 }),
};

/** Makes values from the same tables that the codec reads: a table that contradicts itself fails here. */
function anyValue(type: AnyType): fc.Arbitrary<unknown> {
  if (typeof type === "string") {
    return scalar[type];
  }
  if ("choice" in type) {
    return fc.constantFrom(...type.choice);
  }
  if ("shape" in type) {
    return messageOf(type.shape);
  }
  if ("struct" in type) {
    return fc.record(fieldsOf(type.struct), { noNullPrototype: true });
  }
  const item = anyValue("repeated" in type ? type.repeated : type.list);
  return fc.array(item, { minLength: "repeated" in type ? 1 : 0, maxLength: 4 });
}

function fieldsOf(struct: NonNullable<AnyShape["header"]>): Record<string, fc.Arbitrary<number>> {
  return Object.fromEntries(
    struct.flatMap(([name, type]) => (name === null ? [] : [[name, integer[type]]])),
  );
}

function messageOf(shape: AnyShape): fc.Arbitrary<Record<string, unknown>> {
  const header = fieldsOf(shape.header ?? []);
  const entries = Object.entries(shape.attributes);
  const plain = entries.filter(([, [, type]]) => conditionOf(type) === undefined);
  const attributes = Object.fromEntries(plain.map(([name, [, type]]) => [name, anyValue(type)]));
  const base = fc.record(
    { ...header, ...attributes },
    { requiredKeys: Object.keys(header), noNullPrototype: true },
  ) as fc.Arbitrary<Record<string, unknown>>;
  return entries.reduce((message, [name, [, type]]) => {
    const condition = conditionOf(type);
    return condition === undefined
      ? message
      : message.chain((value) =>
          fc
            .boolean()
            .chain((taken) =>
              taken && Object.hasOwn(value, condition.key)
                ? anyValue(type).map((own) => withVariant(value, entries, name, own, condition))
                : fc.constant(value),
            ),
        );
  }, base);
}

/** Sets one variant, its sibling to match, and takes the other variants of that sibling out. */
function withVariant(
  value: Record<string, unknown>,
  entries: readonly [string, readonly [number, AnyType]][],
  name: string,
  own: unknown,
  condition: { readonly key: string; readonly is: string },
): Record<string, unknown> {
  const others = entries
    .filter(([, [, type]]) => conditionOf(type)?.key === condition.key)
    .map(([other]) => other);
  const rest = Object.entries(value).filter(([key]) => !others.includes(key));
  return { ...Object.fromEntries(rest), [condition.key]: condition.is, [name]: own };
}

function conditionOf(type: AnyType): { readonly key: string; readonly is: string } | undefined {
  return typeof type === "object" && "when" in type ? type.when : undefined;
}

const shapes: Record<string, unknown> = {
  linkShape,
  addressShape,
  routeShape,
  neighbourShape,
  bridgeVlanShape,
  trafficShape,
  namespaceIdShape,
};

describe("netlink messages", () => {
  test.each(Object.keys(shapes))("%s: decode(encode(x)) = x", (name) => {
    const shape = shapes[name] as Shape<Record<string, unknown>>;
    fc.assert(
      fc.property(messageOf(shape as unknown as AnyShape), (value) => {
        expect(decode(shape, encode(shape, value))).toStrictEqual(value);
      }),
      { numRuns: 200 },
    );
  });

  test("no attribute number stands twice in a table, but for variants", () => {
    for (const shape of Object.values(shapes) as AnyShape[]) {
      const numbers = Object.values(shape.attributes).map(([number]) => number);
      expect(new Set(numbers).size + variants(shape)).toBe(numbers.length);
    }
  });

  test("a message cut at any byte is decoded without throwing", () => {
    const bytes = encode(linkShape, {
      name: "hv1-p0",
      info: { kind: "bond", bond: { mode: "active-backup", arpTargets: ["192.0.2.1"] } },
      altNames: ["lab-o-1"],
    });
    for (let length = 0; length <= bytes.length; length++) {
      expect(() => decode(linkShape, bytes.subarray(0, length))).not.toThrow();
    }
  });

  test("the bytes of a bond are those the kernel documents", () => {
    const bytes = encode(linkShape, {
      index: 7,
      info: { kind: "bond", bond: { mode: "802.3ad" } },
    });
    expect(Buffer.from(bytes).toString("hex")).toBe(
      "00000000" + // family, padding, type
        "07000000" + // index
        "0000000000000000" + // flags, change
        "1c001280" + // IFLA_LINKINFO, nested, 28 bytes
        "09000100626f6e6400000000" + // IFLA_INFO_KIND "bond", padded
        "0c000280" + // IFLA_INFO_DATA, nested, 12 bytes
        "0500010004000000", // IFLA_BOND_MODE 4, padded
    );
  });
});

function variants(shape: AnyShape): number {
  const conditional = Object.values(shape.attributes).filter(([, type]) => conditionOf(type));
  return conditional.length - new Set(conditional.map(([number]) => number)).size;
}
