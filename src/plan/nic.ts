import type { Bond, Nic, Topology } from "../topology/topology.ts";
import { bondSettings } from "./bond.ts";
import { interfaceOf, linkBase } from "./build.ts";
import type { CableEnd } from "./cable.ts";
import { port } from "./names.ts";
import type { LinkObject } from "./object.ts";

/** A node with NICs that bonds may hold together: a host or a router. */
type NicOwner = {
  readonly name: string;
  readonly nics: readonly Nic[];
  readonly bonds: readonly Bond[];
};

/** The bonds of a node; `masters` says which bridge a bond is a port of. */
export function realiseBonds(
  topology: Topology,
  owner: NicOwner,
  masters: ReadonlyMap<string, string>,
): readonly LinkObject[] {
  return owner.bonds.map((bond) => {
    const master = masters.get(bond.name);
    const settings = bondSettings(bond);
    const primary =
      bond.primary === undefined
        ? {}
        : { primary: interfaceOf(topology, owner.name, port(bond.primary)) };
    return {
      ...linkBase(topology, owner.name, port(bond.name)),
      type: "bond",
      bond: { ...settings, ...primary },
      mac: bond.mac,
      mtu: uplinkMtu(owner, bond.name),
      ...(master === undefined ? {} : { master }),
      up: true,
    };
  });
}

/** The node's ends of its cables. */
export function nicEnds(
  topology: Topology,
  owner: NicOwner,
  masters: ReadonlyMap<string, string>,
): readonly CableEnd[] {
  return owner.nics.map((nic) => {
    const bond = owner.bonds.find(({ members }) => members.includes(nic.name));
    const master =
      bond === undefined
        ? masters.get(nic.name)
        : interfaceOf(topology, owner.name, port(bond.name));
    return {
      node: owner.name,
      part: port(nic.name),
      mac: nic.mac,
      mtu: uplinkMtu(owner, bond?.name ?? nic.name),
      ...(master === undefined ? {} : { master }),
    };
  });
}

/** MTU of a NIC, or of a bond: the smallest of its members, to which it sets them all. */
export function uplinkMtu(owner: NicOwner, name: string): number {
  const members = owner.bonds.find((bond) => bond.name === name)?.members ?? [name];
  const mtus = owner.nics.filter((nic) => members.includes(nic.name)).map((nic) => nic.mtu);
  return mtus.length === 0 ? 1500 : Math.min(...mtus);
}
