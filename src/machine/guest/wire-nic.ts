import { join } from "node:path";
import type { Nic } from "./qemu-arguments.ts";

/** "RLAB": locally administered, and of no NIC but those that end a wire. */
const prefix = "52:4c:41:42:";

/** NICs below one root port: the functions of one PCI slot. */
const functions = 8;

/** The address that the NIC of a wire comes with; guests find it by this. `wire` is 0 to 65535. */
export function wireMac(wire: number): string {
  const digits = wire.toString(16).padStart(4, "0");
  return `${prefix}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

/** The wire that a NIC ends, by the address it came with; undefined for all other links. */
export function wireOfMac(mac: string | undefined): number | undefined {
  return mac?.startsWith(prefix)
    ? Number.parseInt(mac.slice(prefix.length).replace(":", ""), 16)
    : undefined;
}

/** The name of a wire's NIC in QEMU's own protocol. */
export function wireNicId(wire: number): string {
  return `wire${wire}`;
}

/**
 * The NICs of a guest that end wires. Frames go from QEMU to QEMU as datagrams between two sockets of this machine's file
 * system, so that no network of this machine carries them; datagrams need no end that is there first.
 */
export function wireNics(
  directory: string,
  machine: string,
  wires: readonly { readonly number: number; readonly machines: readonly string[] }[],
): readonly Nic[] {
  return wires
    .filter(({ machines }) => machines.includes(machine))
    .map(({ number, machines }, position) => {
      const other = machines.find((each) => each !== machine) ?? machine;
      const [here, there] = [machine, other].map((each) =>
        join(directory, `${each}.${number}`).replaceAll(",", ",,"),
      );
      return {
        id: wireNicId(number),
        model: "virtio-net-pci",
        mac: wireMac(number),
        rootPort: `wires${Math.floor(position / functions)}`,
        backend: `dgram,local.type=unix,local.path=${here},remote.type=unix,remote.path=${there}`,
      };
    });
}
