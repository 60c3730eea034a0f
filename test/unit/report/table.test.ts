import fc from "fast-check";
import { expect, test } from "vitest";
import { renderDoctor } from "../../../src/report/doctor.ts";
import { frameFilter, frameRanges } from "../../../src/report/evidence-line.ts";
import { renderExplanation } from "../../../src/report/explain.ts";
import { renderLabs, renderNodes, renderPlan } from "../../../src/report/listings.ts";
import { displayWidth, renderTable, wrap } from "../../../src/report/table.ts";

type Row = { readonly name: string; readonly count: string };
const columns = [
  { title: "name", value: (row: Row) => row.name, wraps: true },
  { title: "count", value: (row: Row) => row.count, align: "right" as const },
];

test("columns are as wide as their widest cell", () => {
  const rows = [
    { name: "a", count: "1" },
    { name: "long name", count: "1000" },
  ];
  expect(renderTable(rows, columns, { width: 80, colour: false })).toBe(
    ["NAME       COUNT", "a              1", "long name   1000", ""].join("\n"),
  );
});

test("a wrapping column takes what is left", () => {
  const rows = [{ name: "one two three four five six seven eight", count: "1" }];
  const lines = renderTable(rows, columns, { width: 36, colour: false }).split("\n");
  expect(lines.every((line) => line.length <= 36)).toBe(true);
  expect(lines.length).toBeGreaterThan(3);
});

test("wrapping loses no word and keeps the width, whatever the text", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "grapheme" })),
      fc.integer({ min: 2, max: 60 }),
      (words, width) => {
        const text = words.join(" ");
        const lines = wrap(text, width);
        expect(lines.every((line) => displayWidth(line) <= width)).toBe(true);
        expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      },
    ),
  );
});

test("frames as ranges, and as a filter Wireshark takes", () => {
  expect(frameRanges([57, 12, 13, 14, 12])).toBe("12-14, 57");
  expect(frameFilter([7])).toBe("frame.number == 7");
  expect(frameFilter([57, 12, 13, 14])).toBe("frame.number in {12..14, 57}");
});

test("doctor names the command for each thing that is missing", () => {
  const text = renderDoctor([
    { name: "root", ok: true, found: "uid 0", neededFor: "labs on this kernel" },
    {
      name: "qemu",
      ok: false,
      found: "not in PATH",
      neededFor: "labs in a guest",
      fix: "apt install qemu-system-x86",
    },
    { name: "kvm", ok: false, found: "no /dev/kvm", neededFor: "speed" },
  ]);
  expect(text).toContain("Missing (2)\n  qemu: apt install qemu-system-x86\n  kvm: nothing can");
  expect(renderDoctor([{ name: "root", ok: true, found: "uid 0", neededFor: "labs" }])).toContain(
    "everything is there",
  );
});

test("an explanation says how far its names can be trusted", () => {
  const entry = {
    id: "VM-VN-R1",
    title: "Port configuration reflects the VLAN profile",
    section: "2.6",
    level: "required",
    condition: "any VLAN deployment",
    remediation: "Set the allowed list.",
    aliases: [{ id: "VM-NS-R1", verified: false }],
    mapping: { sp800_53r5: ["SC-7"], supporting: [], pciDss4: [] },
  } as const;
  const text = renderExplanation(entry);
  expect(text).toContain("also called   VM-NS-R1 (not compared with the final publication)");
  expect(text).toContain("SP 800-53 r5  SC-7");
  expect(text).not.toContain("PCI DSS");
  const verified = { ...entry, aliases: [{ id: "VM-NS-R1", verified: true }] };
  expect(renderExplanation(verified)).not.toContain("not compared");
});

test("listings say so when they are empty", () => {
  expect(renderPlan([])).toBe("nothing to do\n");
  expect(renderLabs([])).toBe("no lab is up\n");
  expect(renderNodes([])).toBe("the lab has no nodes\n");
  const operation = { machine: "local", step: 1, node: "tor1", operation: "bridge", detail: "br0" };
  expect(renderPlan([operation])).toContain("local       1  tor1  bridge     br0\n");
});
