import { expect, test } from "vitest";
import {
  type Hardware,
  type QemuFiles,
  qemuArguments,
} from "../../../../src/machine/guest/qemu-arguments.ts";

const hardware: Hardware = {
  accelerator: "tcg",
  processors: 1,
  memoryMebibytes: 512,
  nics: [],
  shareTags: ["usr", "packages"],
};
const files: QemuFiles = {
  mark: "lab-m",
  kernel: "/k",
  initramfs: "/i",
  consoleLog: "/s/console,log",
  qemuLog: "/s/qemu.log",
  qmpSocket: "/s/qmp",
  bootSocket: "/s/boot",
  controlSocket: "/s/control",
  exchangeDirectory: "/s/exchange",
  kernelWords: "",
  shares: ["/usr", "/p/node_modules"],
};
const line = (more: Partial<Hardware> = {}, otherFiles: Partial<QemuFiles> = {}): string =>
  qemuArguments({ ...hardware, ...more }, { ...files, ...otherFiles }).join(" ");

test("every share but the exchange folder is read-only", () => {
  const shares = qemuArguments(hardware, files).filter((word) => word.startsWith("local,"));
  expect(shares).toHaveLength(3);
  expect(shares.filter((word) => !word.includes("readonly=on"))).toEqual([
    expect.stringContaining("path=/s/exchange,"),
  ]);
});

test("a snapshot's memory is shared with its file only while it is made", () => {
  expect(line({}, { memory: { path: "/m", use: "write" } })).toContain("mem-path=/m,share=on");
  const restored = line({}, { memory: { path: "/m", use: "copy" } });
  expect(restored).toContain("mem-path=/m,share=off");
  expect(restored).toContain("-incoming defer");
  expect(line()).not.toContain("-incoming");
});

test("a comma in a path stays in the path", () => {
  expect(line()).toContain("path=/s/console,,log");
});

test("NICs below one root port share it, others get their own", () => {
  const nic = (id: string, rootPort: string) => ({
    id,
    rootPort,
    model: "virtio-net-pci" as const,
    mac: `02:00:00:00:00:0${id.at(-1)}`,
    backend: "hubport,hubid=0",
  });
  const together = line({ nics: [nic("n1", "r1"), nic("n2", "r1")] });
  expect(together.match(/pcie-root-port/g)).toHaveLength(1);
  expect(together).toContain("bus=r1,addr=0.0,multifunction=on");
  expect(together).toContain("bus=r1,addr=0.1");
  expect(line({ nics: [nic("n1", "r1"), nic("n2", "r2")] }).match(/pcie-root-port/g)).toHaveLength(
    2,
  );
});
