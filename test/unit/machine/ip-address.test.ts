import { isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ipFromBytes, ipToBytes } from "../../../src/machine/libc/ip-address.ts";

describe("IP addresses as bytes", () => {
  test("any 4 or 16 bytes come back from their text", () => {
    const either = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc
        .array(fc.constantFrom(0, 0, 0, 1), { minLength: 16, maxLength: 16 })
        .map((list) => Uint8Array.from(list)),
    );
    fc.assert(
      fc.property(either, (bytes) => {
        expect([...ipToBytes(ipFromBytes(bytes))]).toStrictEqual([...bytes]);
      }),
    );
  });

  test("IPv6 text is what a URL parser makes of it (RFC 5952)", () => {
    fc.assert(
      fc.property(
        fc.ipV6().filter((text) => isIPv6(text) && !text.includes(".")),
        (text) => {
          const expected = new URL(`http://[${text}]/`).hostname.slice(1, -1);
          const ours = ipFromBytes(ipToBytes(text));
          expect(ours.includes(".") ? text : ours).toBe(ours.includes(".") ? text : expected);
        },
      ),
    );
  });

  test.each([
    "",
    "1.2.3",
    "1.2.3.256",
    "::1::2",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "g::1",
    "12345::",
  ])("%j is refused", (text) => {
    expect(() => ipToBytes(text)).toThrow(RangeError);
  });
});
