import { interfaceAddress, ipAddress, prefixContains, prefixOf } from "../units/ip.ts";
import type { AddressObject, LabObject, LinkObject, RouteObject } from "./object.ts";
import { sysctlInterface } from "./order.ts";

/** What there is, found by namespace: a link's dependents are all in its own, but for the far end of a veth pair. */
export type Inventory = {
  readonly byNamespace: ReadonlyMap<string, readonly LabObject[]>;
};

export function inventory(objects: readonly LabObject[]): Inventory {
  return { byNamespace: Map.groupBy(objects, ({ namespace }) => namespace) };
}

function here(stock: Inventory, namespace: string): readonly LabObject[] {
  return stock.byNamespace.get(namespace) ?? [];
}

/** A link of this name in a namespace. */
export function findLink(
  stock: Inventory,
  namespace: string,
  name: string,
): LinkObject | undefined {
  return here(stock, namespace).find(
    (object): object is LinkObject => object.kind === "link" && object.name === name,
  );
}

/** What vanishes in the kernel when `object` does, without what vanishes with that in turn. Members of a bridge or bond stay. */
export function dependentsOf(stock: Inventory, object: LabObject): readonly LabObject[] {
  if (object.kind === "address") return routesThrough(stock, object);
  if (object.kind !== "link") return [];
  const peer =
    object.type === "veth" ? findLink(stock, object.peer.namespace, object.peer.name) : undefined;
  return [
    ...here(stock, object.namespace).filter((other) => isOn(other, object.name)),
    ...(peer === undefined ? [] : [peer]),
  ];
}

/** The links that are members of a bridge or bond. */
export function membersOf(stock: Inventory, master: LinkObject): readonly LinkObject[] {
  return here(stock, master.namespace).filter(
    (object): object is LinkObject => object.kind === "link" && object.master === master.name,
  );
}

/** The object that says how a link is a bridge port. */
export function portOf(stock: Inventory, link: LinkObject): readonly LabObject[] {
  return here(stock, link.namespace).filter(
    (object) => object.kind === "bridge-port" && !object.self && object.name === link.name,
  );
}

function isOn(object: LabObject, link: string): boolean {
  switch (object.kind) {
    case "link":
      return object.type === "vlan" && object.parent === link;
    case "bridge-port":
      return object.name === link;
    case "address":
    case "forwarding":
    case "impairment":
    case "block":
      return object.link === link;
    case "mirror":
      return object.link === link || object.to === link;
    case "sysctl":
      return sysctlInterface(object.key) === link;
    case "namespace":
    case "route":
    case "ruleset":
    case "service":
      return false;
    default:
      return object satisfies never;
  }
}

/** Routes whose next hop is in the network of an address: the kernel drops them with the address. */
export function routesThrough(stock: Inventory, address: AddressObject): readonly RouteObject[] {
  const network = prefixOf(interfaceAddress(address.address));
  return here(stock, address.namespace).filter(
    (object): object is RouteObject =>
      object.kind === "route" && prefixContains(network, ipAddress(object.via)),
  );
}
