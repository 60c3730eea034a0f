import { readAddresses } from "../machine/netlink/addresses.ts";
import { readFilters } from "../machine/netlink/filters.ts";
import { readForwarding } from "../machine/netlink/forwarding.ts";
import { readLinks } from "../machine/netlink/links.ts";
import { readQdiscs } from "../machine/netlink/qdiscs.ts";
import { readRoutes } from "../machine/netlink/routes.ts";
import { NetlinkSocket } from "../machine/netlink/socket.ts";
import type { LabObject, RulesetObject, SysctlObject } from "../plan/object.ts";
import { bridgePortObjects, linkObjects, type NamespaceLinks, PeerFinder } from "./read-links.ts";
import { rulesetObjects } from "./read-rulesets.ts";
import { currentSysctl } from "./sysctl.ts";
import { blockPreference } from "./traffic-control.ts";

const staticProtocol = 4;
const mainTable = 254;

/** A namespace of the lab and the node it stands for. */
export type OwnNamespace = { readonly namespace: string; readonly node: string };

/**
 * The parts of a lab as the kernel has them now. Sysctl keys are those that `desired` names, and rule sets that mean
 * what `desired` says come back in its words. Services are not the kernel's to know.
 */
export function readState(
  namespaces: readonly OwnNamespace[],
  desired: readonly LabObject[],
): readonly LabObject[] {
  using opened = new DisposableStack();
  const all = namespaces.map(({ namespace }): NamespaceLinks => {
    const socket = opened.use(new NetlinkSocket(namespace));
    return { namespace, socket, links: readLinks(socket) };
  });
  const peers = new PeerFinder(all);
  const rulesets = Map.groupBy(
    desired.filter((object): object is RulesetObject => object.kind === "ruleset"),
    (object) => object.namespace,
  );
  const sysctls = Map.groupBy(
    desired.filter((object): object is SysctlObject => object.kind === "sysctl"),
    (object) => object.namespace,
  );
  return namespaces.flatMap(({ namespace, node }, position) => {
    const here = all[position];
    if (here === undefined) return [];
    return [
      { kind: "namespace", namespace, node } as const,
      ...linkObjects(here, peers),
      ...bridgePortObjects(here),
      ...addressObjects(here),
      ...routeObjects(here),
      ...forwardingObjects(here),
      ...trafficControlObjects(here),
      ...rulesetObjects(namespace, rulesets.get(namespace) ?? []),
      ...(sysctls.get(namespace) ?? []).flatMap((wanted) => currentSysctl(wanted) ?? []),
    ];
  });
}

function nameOf({ links }: NamespaceLinks, index: number | undefined): string {
  return links.find((link) => link.index === index)?.name ?? "";
}

function addressObjects(here: NamespaceLinks): readonly LabObject[] {
  const { namespace, socket } = here;
  return readAddresses(socket).flatMap(({ index, address, prefixLength, permanent }) => {
    const link = nameOf(here, index);
    if (link === "lo" || !permanent || address.startsWith("fe80:")) return [];
    return [{ kind: "address", namespace, link, address: `${address}/${prefixLength}` } as const];
  });
}

function routeObjects({ namespace, socket }: NamespaceLinks): readonly LabObject[] {
  return readRoutes(socket).flatMap(({ destination, via, table, protocol }) =>
    via !== undefined && table === mainTable && protocol === staticProtocol
      ? [{ kind: "route", namespace, destination, via } as const]
      : [],
  );
}

function forwardingObjects(here: NamespaceLinks): readonly LabObject[] {
  const { namespace, socket, links } = here;
  if (!links.some(({ info }) => info.kind === "bridge" || info.kind === "vxlan")) return [];
  return readForwarding(socket).flatMap((entry) => {
    const isStatic =
      entry.ageing !== true && entry.own !== true && entry.externallyLearned !== true;
    // Device entries without a remote are the interface's own multicast filters.
    if (!isStatic || (entry.on === "device" && entry.remote === undefined)) return [];
    const link = nameOf(here, entry.index);
    const remote = entry.remote === undefined ? {} : { destination: entry.remote };
    return [{ kind: "forwarding", namespace, link, mac: entry.mac, ...remote } as const];
  });
}

function trafficControlObjects(here: NamespaceLinks): readonly LabObject[] {
  const { namespace, socket } = here;
  return readQdiscs(socket).flatMap(({ index, kind, impairment }): readonly LabObject[] => {
    const link = nameOf(here, index);
    if (kind === "clsact") return filterObjects(here, index, link);
    if (impairment === undefined) return [];
    const { delayMs = 0, jitterMs = 0, loss = 0, rate = 0 } = impairment;
    const delay = Math.round(delayMs * 1000);
    const jitter = Math.round(jitterMs * 1000);
    return [{ kind: "impairment", namespace, link, delay, jitter, loss: loss * 100, rate }];
  });
}

function filterObjects(here: NamespaceLinks, index: number, link: string): readonly LabObject[] {
  const { namespace, socket } = here;
  const filters = readFilters(socket, index);
  const mirrors = filters.flatMap(({ direction, preference, actions }): readonly LabObject[] =>
    actions.flatMap((action) => {
      if (action.kind !== "mirror") return [];
      const to = nameOf(here, action.to);
      return [{ kind: "mirror", namespace, link, hook: direction, to, preference }];
    }),
  );
  const hooks = filters
    .filter(
      ({ preference, actions }) => preference === blockPreference && actions[0]?.kind === "drop",
    )
    .map(({ direction }) => direction)
    .sort()
    .reverse();
  const blocks: readonly LabObject[] =
    hooks.length === 0 ? [] : [{ kind: "block", namespace, link, hooks }];
  return [...mirrors, ...blocks];
}
