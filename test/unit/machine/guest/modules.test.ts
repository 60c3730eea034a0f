import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { moduleIndex, resolveModules } from "../../../../src/machine/guest/modules.ts";

const place = mkdtempSync(join(tmpdir(), "lab-modules-"));
const kernel = { release: "6.0", image: "/none", modules: place };
const information = (...values: readonly string[]): Buffer =>
  Buffer.from(`ELF\0${values.map((value) => `${value}\0`).join("")}`);

mkdirSync(join(place, "kernel"));
writeFileSync(join(place, "modules.order"), "kernel/a-b.ko\nkernel/c.ko\nkernel/d.ko\n");
writeFileSync(join(place, "kernel/a-b.ko"), information("depends=c", "alias=rtnl-link-ab"));
writeFileSync(join(place, "kernel/c.ko.gz"), gzipSync(information("depends=d", "alias=x y")));
writeFileSync(join(place, "kernel/d.ko"), information("depends="));

afterAll(() => rmSync(place, { recursive: true, force: true }));

test("what a module needs comes before it, packed or not, and unknown names are left out", async () => {
  const modules = await resolveModules(kernel, ["a_b", "built_in", "d"]);
  expect(modules.map(({ name }) => name)).toEqual(["d", "c", "a_b"]);
});

test("the index names everything a module needs, what is needed last first", async () => {
  const { dep, alias } = moduleIndex(await resolveModules(kernel, ["a_b"]));
  expect(dep).toContain("kernel/a-b.ko: kernel/c.ko kernel/d.ko\n");
  expect(alias).toContain("alias rtnl-link-ab a_b\n");
});
