import { controlSocketOf } from "./control-sockets.ts";
import { inGuest } from "./init-script.ts";

export type Accelerator = "kvm" | "tcg";
export type NicModel = "virtio-net-pci" | "e1000" | "e1000e" | "rtl8139" | "vmxnet3" | "pcnet";

/** A NIC of the guest. NICs with the same `rootPort` hang below one PCIe root port, so that they can fail together. */
export type Nic = {
  readonly id: string;
  readonly model: NicModel;
  readonly mac: string;
  readonly rootPort: string;
  /** QEMU's -netdev without its id, such as `tap,ifname=lab-t0,script=no,downscript=no`. */
  readonly backend: string;
};

/** The part of a guest that its snapshot must have in common with it. */
export type Hardware = {
  readonly accelerator: Accelerator;
  readonly processors: number;
  readonly memoryMebibytes: number;
  readonly nics: readonly Nic[];
  /** Tags of the read-only shares, in order. */
  readonly shareTags: readonly string[];
};

export type QemuFiles = {
  readonly mark: string;
  readonly kernel: string;
  readonly initramfs: string;
  readonly consoleLog: string;
  /** What QEMU itself says. */
  readonly qemuLog: string;
  readonly qmpSocket: string;
  readonly bootSocket: string;
  /** What the paths of the control ports' sockets begin with. */
  readonly controlSocket: string;
  readonly exchangeDirectory: string;
  /** Added to the kernel's command line. */
  readonly kernelWords: string;
  /** Host folders of the shares, in the order of the tags. */
  readonly shares: readonly string[];
  /** The guest's memory as a file: "write" when it becomes a snapshot, "copy" when it starts from one. */
  readonly memory?: { readonly path: string; readonly use: "write" | "copy" };
};

/** What the kernel need not do in an emulated machine; `panic=-1` with -no-reboot makes QEMU end on a panic. */
export const kernelCommandLine: string = [
  "console=ttyS0 panic=-1 quiet loglevel=4 nokaslr mitigations=off audit=0 apparmor=0 selinux=0",
  "no_timer_check tsc=reliable random.trust_cpu=on cryptomgr.notests i8042.noaux i8042.nokbd i8042.nopnp",
  "8250.nr_uarts=1 rcupdate.rcu_expedited=1 nowatchdog",
].join(" ");

/** QEMU's arguments; same input, same output. The guest's system calls into the host are cut down to what it needs. */
export function qemuArguments(hardware: Hardware, files: QemuFiles): readonly string[] {
  return [
    ...["-name", files.mark, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ...["-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"],
    ...board(hardware),
    ...memory(hardware, files),
    ...["-kernel", files.kernel, "-initrd", files.initramfs],
    ...["-append", `${kernelCommandLine} ${files.kernelWords}`.trim()],
    ...[
      "-chardev",
      `file,id=console,path=${escaped(files.consoleLog)}`,
      "-serial",
      "chardev:console",
    ],
    ...["-qmp", `unix:${escaped(files.qmpSocket)},server=on,wait=off`],
    ...["-device", "virtio-serial-pci,id=ports", "-device", "virtio-rng-pci"],
    ...port("boot", inGuest.bootPort, files.bootSocket),
    ...inGuest.controlPorts.flatMap((path, number) =>
      port(`control${number}`, path, controlSocketOf(files.controlSocket, number)),
    ),
    ...hardware.shareTags.flatMap((tag, index) => readOnlyShare(tag, files.shares[index] ?? "")),
    ...exchange(files.exchangeDirectory),
    ...hardware.nics.flatMap((nic, index) => nicArguments(hardware.nics, nic, index)),
    ...(files.memory?.use === "copy" ? ["-incoming", "defer"] : []),
  ];
}

/**
 * Not the quicker microvm: it has neither HPET nor PM timer, so on a busy host its kernel fails to calibrate the TSC and
 * then stands still for ever (3 of 20 boots, against none with q35).
 */
function board({ accelerator, processors }: Hardware): readonly string[] {
  const cpu = accelerator === "kvm" ? ["-cpu", "host"] : [];
  return [
    ...["-M", "q35,memory-backend=ram", "-accel", accelerator, ...cpu],
    ...["-smp", `${processors}`],
  ];
}

/** A snapshot's memory is never written back: `share=off` gives each guest its own copy of the pages it changes. */
function memory({ memoryMebibytes: size }: Hardware, files: QemuFiles): readonly string[] {
  const kind =
    files.memory === undefined
      ? "memory-backend-ram"
      : `memory-backend-file,mem-path=${escaped(files.memory.path)},share=${files.memory.use === "write" ? "on" : "off"}`;
  return ["-m", `${size}`, "-object", `${kind},id=ram,size=${size}M`];
}

function port(id: string, inside: string, socket: string): readonly string[] {
  const name = inside.slice(inside.lastIndexOf("/") + 1);
  return [
    ...["-chardev", `socket,id=${id},path=${escaped(socket)},server=on,wait=off`],
    ...["-device", `virtserialport,bus=ports.0,chardev=${id},name=${name}`],
  ];
}

function readOnlyShare(tag: string, path: string): readonly string[] {
  const options = "security_model=none,readonly=on,multidevs=remap";
  return [
    ...["-fsdev", `local,id=${tag},path=${escaped(path)},${options}`],
    ...["-device", `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
  ];
}

/** Owners and modes that the guest sets are kept in side files: root in there makes no set-uid program out here. */
function exchange(path: string): readonly string[] {
  const options = "security_model=mapped-file,multidevs=remap,fmode=0600,dmode=0700";
  return [
    ...["-fsdev", `local,id=exchange,path=${escaped(path)},${options}`],
    ...["-device", "virtio-9p-pci,fsdev=exchange,mount_tag=exchange"],
  ];
}

function nicArguments(nics: readonly Nic[], nic: Nic, index: number): readonly string[] {
  const ports = [...new Set(nics.map(({ rootPort }) => rootPort))];
  const first = nics.findIndex(({ rootPort }) => rootPort === nic.rootPort) === index;
  const slot = ports.indexOf(nic.rootPort) + 1;
  const under = nics.slice(0, index).filter(({ rootPort }) => rootPort === nic.rootPort).length;
  const bus = `${nic.rootPort},addr=0.${under}${first ? ",multifunction=on" : ""}`;
  return [
    ...(first
      ? ["-device", `pcie-root-port,id=${nic.rootPort},chassis=${slot},slot=${slot},bus=pcie.0`]
      : []),
    ...["-netdev", `${nic.backend},id=${nic.id}`],
    ...["-device", `${nic.model},netdev=${nic.id},mac=${nic.mac},bus=${bus},romfile=`],
  ];
}

/** QEMU's option lists double a comma that belongs to a value. */
const escaped = (path: string): string => path.replaceAll(",", ",,");
