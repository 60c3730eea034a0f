import { describe, expect, test } from "vitest";
import { placedMachine } from "../../../src/lifecycle/choose-machine.ts";
import { changedLayout, type Layout, layoutOf } from "../../../src/lifecycle/layout.ts";
import { parseTopology } from "../../../src/topology/parse.ts";
import type { Topology } from "../../../src/topology/topology.ts";

function lab(places: Readonly<Record<string, string>>, more = ""): Topology {
  const nodes = Object.entries(places).map(
    ([name, machine]) => `  ${name}: { machine: ${machine}, ports: { x: { access: web } } }`,
  );
  const text = `name: t\nvlans: { web: 10 }\nswitches:\n${nodes.join("\n")}\n${more}`;
  const parsed = parseTopology(text, "t.yml");
  if (!("topology" in parsed)) throw new Error(JSON.stringify(parsed.diagnostics));
  return parsed.topology;
}

describe("where a file places its nodes", () => {
  const choice = (places: Readonly<Record<string, string>>, asked?: "local" | "qemu") =>
    placedMachine(layoutOf(lab(places)), asked);

  test("several machines are guests, whatever the kernel can do", () => {
    expect(choice({ a: "left", b: "right" })?.machine).toBe("qemu");
    expect(choice({ a: "left", b: "right" }, "qemu")?.machine).toBe("qemu");
    expect(() => choice({ a: "left", b: "right" }, "local")).toThrow(/2 guests \(left, right\)/);
  });

  test("one machine leaves the choice open, unless it is this one", () => {
    expect(choice({ a: "left", b: "left" })).toBeUndefined();
    expect(choice({ a: "left" }, "local")).toBeUndefined();
    expect(choice({ a: "local" }, "local")).toBeUndefined();
    expect(() => choice({ a: "local" }, "qemu")).toThrow(/on this machine/);
  });
});

describe("a file that has changed while its lab is up", () => {
  const cable = "links: [[a:x, b:x]]";
  const before: Layout = layoutOf(lab({ a: "left", b: "right" }));

  test("may bring nodes to the machines there are; what goes keeps its place until it has gone", () => {
    const after = changedLayout(before, lab({ b: "right", c: "left", a: "left" }));
    expect(after.placement["lab-t-c"]).toBe("left");
    const gone = layoutOf(lab({ a: "left", b: "right", c: "left" }));
    expect(changedLayout(gone, lab({ a: "left", b: "right" })).placement["lab-t-c"]).toBe("left");
  });

  test("may not move a node, nor lay a cable between machines, nor need another machine", () => {
    for (const changed of [
      lab({ a: "right", b: "left" }),
      lab({ a: "left", b: "right" }, cable),
      lab({ a: "left", b: "right", c: "third" }),
    ]) {
      expect(() => changedLayout(before, changed)).toThrow(/differently from when the lab came up/);
    }
  });
});
