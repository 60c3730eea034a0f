import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cpioParts, file, folder, link } from "../../../../src/machine/guest/cpio.ts";

const entries = [
  folder("a"),
  file("a/odd", "12345", 0o755),
  file("a/empty", ""),
  file("ünï", new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7])),
  link("a/link", "odd"),
];

test("another program unpacks what we pack", () => {
  const place = mkdtempSync(join(tmpdir(), "lab-cpio-"));
  try {
    const archive = Buffer.concat([...cpioParts(entries)]);
    execFileSync("busybox", ["cpio", "-i"], { cwd: place, input: archive, stdio: "pipe" });
    expect(readFileSync(join(place, "a/odd"), "utf8")).toBe("12345");
    expect(statSync(join(place, "a/odd")).mode & 0o777).toBe(0o755);
    expect(statSync(join(place, "a/empty")).size).toBe(0);
    expect([...readFileSync(join(place, "ünï"))]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(readlinkSync(join(place, "a/link"))).toBe("odd");
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});

test("the same entries give the same bytes", () => {
  const once = Buffer.concat([...cpioParts(entries)]);
  expect(Buffer.concat([...cpioParts(entries)]).equals(once)).toBe(true);
});
