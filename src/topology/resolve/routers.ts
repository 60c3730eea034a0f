import type { Path } from "../diagnostic.ts";
import { indexed } from "../source/indexed.ts";
import type { Bond, Nic, Router, RouterInterface, Vlan } from "../topology.ts";
import type {
  VlanRef,
  WrittenRouter,
  WrittenRouterInterface,
  WrittenTopology,
} from "../written.ts";
import type { AddressSlot } from "./addresses.ts";
import { type Fabric, untaggedNetwork } from "./attachments.ts";
import { resolveBonds, resolveNics } from "./bonds.ts";
import { type Context, lookUp } from "./context.ts";
import type { MacAllocator } from "./macs.ts";
import { vlanOf } from "./segments.ts";

/** A router whose addresses are filled in later; rules and routes are made of them then. */
export type RouterDraft = Omit<Router, "firewall" | "routes">;

export type RouterInput = {
  readonly fabric: Fabric;
  readonly macs: MacAllocator;
  readonly slots: AddressSlot[];
};

export function resolveRouters(
  context: Context,
  written: WrittenTopology,
  input: RouterInput,
): readonly RouterDraft[] {
  return Object.entries(written.routers ?? {}).map(([name, form]) => {
    const path = ["routers", name];
    const nics = resolveNics(name, form.nics, input.macs, input.fabric.cabling);
    const bonds = resolveBonds(context, path, form.bonds, { name, nics, macs: input.macs });
    return {
      name,
      nics,
      bonds,
      interfaces: resolveInterfaces(context, path, name, form, { nics, bonds }, input),
    };
  });
}

type Ports = { readonly nics: readonly Nic[]; readonly bonds: readonly Bond[] };

function resolveInterfaces(
  context: Context,
  path: Path,
  node: string,
  form: WrittenRouter,
  ports: Ports,
  input: RouterInput,
): readonly RouterInterface[] {
  const seen = new Set<string>();
  return indexed(form.interfaces ?? []).flatMap(([index, entry]) => {
    const at = [...path, "interfaces", index];
    const found = interfaceOf(context, at, node, entry, ports, input.fabric);
    if (found === undefined) return [];
    const { parent, vlan, written } = found;
    const key = `${parent} ${vlan?.id ?? "untagged"}`;
    if (seen.has(key)) {
      const what = vlan?.name ?? "untagged frames";
      context.report(at, `${node} has an interface for ${what} on ${parent} already`);
    }
    seen.add(key);
    const members = ports.bonds.find((bond) => bond.name === parent)?.members ?? [parent];
    const slot: AddressSlot = {
      path: written === undefined ? at : [...at, "addresses"],
      owner: `${node}:${parent}${vlan === undefined ? "" : `.${vlan.id}`}`,
      kind: "gateway",
      network: vlan ?? untaggedNetwork(node, members, input.fabric),
      written,
      families: [4, 6],
      addresses: [],
    };
    input.slots.push(slot);
    const tag = vlan === undefined ? {} : { vlan: vlan.id };
    return [{ parent, ...tag, addresses: slot.addresses }];
  });
}

type InterfaceDraft = {
  readonly parent: string;
  readonly vlan: Vlan | undefined;
  readonly written: WrittenRouterInterface["addresses"];
};

function interfaceOf(
  context: Context,
  path: Path,
  node: string,
  entry: VlanRef | WrittenRouterInterface,
  ports: Ports,
  fabric: Fabric,
): InterfaceDraft | undefined {
  const short = typeof entry !== "object";
  const form: WrittenRouterInterface = short ? { vlan: entry } : entry;
  const parent = parentOf(context, path, node, form, ports);
  const written = form.addresses;
  if (form.vlan === undefined)
    return parent === undefined ? undefined : { parent, vlan: undefined, written };
  const vlan = vlanOf(context, short ? path : [...path, "vlan"], form.vlan, fabric.segments);
  return parent === undefined || vlan === undefined ? undefined : { parent, vlan, written };
}

function parentOf(
  context: Context,
  path: Path,
  node: string,
  form: WrittenRouterInterface,
  ports: Ports,
): string | undefined {
  const free = ports.nics.filter(
    (nic) => !ports.bonds.some((bond) => bond.members.includes(nic.name)),
  );
  if (form.parent === undefined) {
    const candidates = [...ports.bonds, ...free];
    const [only, another] = candidates;
    if (only !== undefined && another === undefined) return only.name;
    const names = candidates.map((port) => port.name).join(", ") || "none";
    if (!context.lost.has("nics")) {
      context.report(path, `which NIC or bond of ${node}? Write parent: one of ${names}`);
    }
    return undefined;
  }
  const at = [...path, "parent"];
  const table = new Map([...ports.nics, ...ports.bonds].map((port) => [port.name, port]));
  if (lookUp(context, at, `NIC or bond of ${node}`, form.parent, table) === undefined)
    return undefined;
  const bond = ports.bonds.find((candidate) => candidate.members.includes(form.parent ?? ""));
  if (bond === undefined) return form.parent;
  const message = `${form.parent} is a member of ${bond.name}, which owns its frames and VLANs; use the bond: parent: ${bond.name}`;
  context.report(at, message);
  return undefined;
}
