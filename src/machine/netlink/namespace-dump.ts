import type { Namespace } from "../netns/handles.ts";
import { type AddressEntry, readAddresses } from "./addresses.ts";
import { type PortVlans, readPortVlans } from "./bridge-vlans.ts";
import { type FilterEntry, readFilters } from "./filters.ts";
import { type ForwardingEntry, readForwarding } from "./forwarding.ts";
import { type Link, readLinks } from "./links.ts";
import { type NeighbourEntry, readNeighbours } from "./neighbours.ts";
import { type Qdisc, readQdiscs } from "./qdiscs.ts";
import { openRoute } from "./route-socket.ts";
import { type RouteEntry, readRoutes } from "./routes.ts";

/** Everything a plan can say about one namespace, as the kernel has it now. */
export type NamespaceDump = {
  readonly links: readonly Link[];
  readonly portVlans: readonly PortVlans[];
  readonly addresses: readonly AddressEntry[];
  /** Without the kernel's own local and broadcast routes (table 255) and multicast ones. */
  readonly routes: readonly RouteEntry[];
  /** Permanent ones only: learned neighbours come and go. */
  readonly neighbours: readonly NeighbourEntry[];
  /** Fixed entries only: learned ones come and go. */
  readonly forwarding: readonly ForwardingEntry[];
  readonly qdiscs: readonly Qdisc[];
  readonly filters: readonly FilterEntry[];
};

const localTable = 255;

/** Reads a whole namespace in about ten system calls. */
export function dumpNamespace(namespace: Namespace): NamespaceDump {
  using socket = openRoute(namespace);
  const links = readLinks(socket);
  const qdiscs = readQdiscs(socket);
  const filtered = qdiscs.filter(({ kind }) => kind === "clsact" || kind === "ingress");
  const switching = links.filter(({ info }) => info.kind === "bridge" || info.kind === "vxlan");
  const multicast = /^(33:33|01:00:5e)/;
  return {
    links,
    portVlans: switching.length === 0 ? [] : readPortVlans(socket),
    addresses: readAddresses(socket),
    routes: readRoutes(socket).filter(
      ({ table, kind }) => table !== localTable && kind !== "multicast",
    ),
    neighbours: readNeighbours(socket).filter(({ permanent }) => permanent),
    forwarding:
      switching.length === 0
        ? []
        : readForwarding(socket).filter(
            ({ ageing, own, mac }) => ageing !== true && own !== true && !multicast.test(mac),
          ),
    qdiscs,
    filters: filtered.flatMap(({ index }) => readFilters(socket, index)),
  };
}
