import { readCapabilities } from "../../daemon/capabilities.ts";
import { findProgram } from "../../machine/find-program.ts";
import { findAccelerator } from "../../machine/guest/accelerator.ts";
import { findKernel } from "../../machine/guest/kernel.ts";
import { vmlinux } from "../../machine/guest/vmlinux.ts";
import { nodeVersion } from "../../machine/kernel-release.ts";
import type { Capability } from "../../plan/capabilities.ts";
import { type DoctorRow, renderDoctor } from "../../report/doctor.ts";
import { renderJson } from "../../report/json.ts";
import type { Command } from "../command.ts";

const capabilities: readonly Capability[] = [
  "veth",
  "bridge",
  "vlan-filtering",
  "vlan",
  "bonding",
  "vxlan",
  "mirror",
  "netem",
  "nftables",
  "nftables-bridge",
];

const programs = [
  { name: "ip", needed: "lab exec", debian: "iproute2" },
  { name: "nft", needed: "looking at rules by hand", debian: "nftables" },
  { name: "qemu-system-x86_64", needed: "guests", debian: "qemu-system-x86" },
  { name: "busybox", needed: "guests", debian: "busybox-static" },
  { name: "tshark", needed: "the tests of the recording reader", debian: "tshark" },
  { name: "tcpdump", needed: "the benchmarks", debian: "tcpdump" },
] as const;

const setUp = "node bin/setup.mjs";

export const doctor: Command = {
  name: "doctor",
  usage: "doctor",
  summary: "what this machine can do, what is missing, and the command that mends it",
  options: {},
  run: async (context) => {
    const rows = [nodeRow(), ...kernelRows(), ...programs.map(programRow), await guestRow()];
    context.out(context.json ? renderJson(rows) : renderDoctor(rows, context.layout));
    const canRun =
      rows.find(({ name }) => name === "guest")?.ok === true || rows.every(({ ok }) => ok);
    return canRun ? 0 : 4;
  },
};

function nodeRow(): DoctorRow {
  const found = nodeVersion();
  return {
    name: "node",
    ok: Number.parseInt(found, 10) >= 24,
    found,
    neededFor: "everything",
    fix: setUp,
  };
}

function kernelRows(): readonly DoctorRow[] {
  const { kernel, privileged, features } = readCapabilities(capabilities);
  const rows = capabilities.map((name): DoctorRow => {
    const ok = features.includes(name);
    return {
      name: `kernel: ${name}`,
      ok,
      found: ok ? kernel : `not in ${kernel}`,
      neededFor: "labs on this machine; without it they run in a guest",
      fix: "nothing to do: a lab that needs it runs in a guest by itself",
    };
  });
  const root: DoctorRow = {
    name: "root",
    ok: privileged,
    found: privileged ? "may make network namespaces" : "may not make network namespaces",
    neededFor: "labs on this machine; without it they run in a guest",
    fix: "run lab as root",
  };
  return [root, ...rows];
}

function programRow({ name, needed, debian }: (typeof programs)[number]): DoctorRow {
  const path = findProgram(name);
  return {
    name,
    ok: path !== undefined,
    found: path ?? "not found",
    neededFor: needed,
    fix: `apt-get install ${debian}`,
  };
}

async function guestRow(): Promise<DoctorRow> {
  const row = { name: "guest", neededFor: "labs that this kernel cannot carry, or without root" };
  try {
    const image = await vmlinux(await findKernel());
    const accelerator = await findAccelerator(image);
    return {
      ...row,
      ok: findProgram("qemu-system-x86_64") !== undefined,
      found: `boots with ${accelerator}`,
    };
  } catch (error) {
    return { ...row, ok: false, found: (error as Error).message, fix: setUp };
  }
}
