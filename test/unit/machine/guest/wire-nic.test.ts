import { expect, test } from "vitest";
import { wireMac, wireNics, wireOfMac } from "../../../../src/machine/guest/wire-nic.ts";

test("a NIC's address tells the wire, and other addresses tell none", () => {
  for (const wire of [0, 1, 255, 256, 65_535]) expect(wireOfMac(wireMac(wire))).toBe(wire);
  expect(wireMac(258)).toBe("52:4c:41:42:01:02");
  expect(wireOfMac("52:54:00:12:34:56")).toBeUndefined();
  expect(wireOfMac(undefined)).toBeUndefined();
});

test("the two guests of a wire send to each other's socket", () => {
  const wires = [
    { number: 0, machines: ["a", "b"] },
    { number: 1, machines: ["b", "c"] },
  ];
  const backends = (machine: string) => wireNics("/w", machine, wires).map((nic) => nic.backend);
  expect(backends("a")).toEqual([
    "dgram,local.type=unix,local.path=/w/a.0,remote.type=unix,remote.path=/w/b.0",
  ]);
  expect(backends("b")).toEqual([
    "dgram,local.type=unix,local.path=/w/b.0,remote.type=unix,remote.path=/w/a.0",
    "dgram,local.type=unix,local.path=/w/b.1,remote.type=unix,remote.path=/w/c.1",
  ]);
  expect(wireNics("/w", "d", wires)).toEqual([]);
});

test("at most eight NICs hang below one root port", () => {
  const wires = Array.from({ length: 9 }, (_, number) => ({ number, machines: ["a", "b"] }));
  const ports = wireNics("/w", "a", wires).map((nic) => nic.rootPort);
  expect(new Set(ports.slice(0, 8)).size).toBe(1);
  expect(ports[8]).not.toBe(ports[0]);
});
