import fc from "fast-check";
import { expect, test } from "vitest";
import { internetChecksum } from "../../../src/machine/sockets/icmp-echo.ts";

test("the example of RFC 1071 section 3", () => {
  expect(internetChecksum(Uint8Array.from([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]))).toBe(
    0xffff - 0xddf2,
  );
});

test("a message with its checksum put in sums up to zero", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 99 }), (bytes) => {
      bytes.fill(0, 2, 4);
      const sum = internetChecksum(bytes);
      bytes.set([sum >> 8, sum & 0xff], 2);
      expect(internetChecksum(bytes)).toBe(0);
    }),
  );
});
