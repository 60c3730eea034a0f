import { ipVersion } from "../../units/ip.ts";
import type { Route, Router, Topology, Vnic, Workload } from "../topology.ts";
import type { WrittenTopology } from "../written.ts";
import { type AddressSlot, allocateAddresses } from "./addresses.ts";
import type { Fabric } from "./attachments.ts";
import type { Context } from "./context.ts";
import { resolveFirewall } from "./firewalls.ts";
import { resolveHosts } from "./hosts.ts";
import { implicitGateways } from "./implicit-gateways.ts";
import { resolveLinks } from "./links.ts";
import { macAllocator } from "./macs.ts";
import { indexNodes } from "./node-index.ts";
import { resolvePlacement } from "./placement.ts";
import { resolveReachability } from "./reachability.ts";
import { type RouterDraft, resolveRouters } from "./routers.ts";
import { resolveGateways, resolveRoutes } from "./routes.ts";
import { resolveSegments } from "./segments.ts";
import { resolveSwitches } from "./switches.ts";
import { resolveVerdicts } from "./verdicts.ts";
import { resolveWorkloads, type WorkloadDraft, writtenVnics } from "./workloads.ts";
import { writtenMacs } from "./written-macs.ts";

/** As written to as meant. Faults are reported to the context; what cannot be resolved is left out. */
export function resolveTopology(context: Context, written: WrittenTopology): Topology {
  const segments = resolveSegments(context, written);
  const nodes = indexNodes(context, written);
  const { links, cabling } = resolveLinks(context, written, nodes);
  const macs = macAllocator(written.name, writtenMacs(written));
  const slots: AddressSlot[] = [];
  const switches = resolveSwitches(context, written, segments, slots);
  const fabric: Fabric = { segments, switches, cabling };
  const hostDrafts = resolveHosts(context, written, { segments, nodes, cabling, macs, slots });
  const mirrors = hostDrafts.flatMap((host) =>
    host.switches.flatMap((draft) => draft.result.mirrors),
  );
  const analyzers = new Set(
    mirrors.map(({ destination }) => `${destination.node}:${destination.port}`),
  );
  const workloadDrafts = resolveWorkloads(context, written, {
    hosts: hostDrafts,
    fabric,
    macs,
    slots,
    analyzers,
  });
  const routerDrafts = resolveRouters(context, written, { fabric, macs, slots });
  allocateAddresses(context, written.name, slots);
  const topology: Topology = {
    name: written.name,
    vlans: [...segments.vlans.values()],
    overlays: [...segments.overlays.values()],
    switches,
    hosts: hostDrafts.map((draft) => draft.finish()),
    workloads: workloadDrafts.map((draft) =>
      finishWorkload(context, written, draft, { segments, workloads: workloadDrafts }),
    ),
    routers: routerDrafts.map((draft) =>
      finishRouter(context, written, draft, { segments, workloads: workloadDrafts }),
    ),
    links,
    ...resolvePlacement(context, written),
    reachability: resolveReachability(context, written, workloadDrafts),
    ...resolveVerdicts(context, written),
  };
  return { ...topology, workloads: withImplicitGateways(topology, written) };
}

type Parties = Parameters<typeof resolveFirewall>[4];

function finishWorkload(
  context: Context,
  written: WrittenTopology,
  draft: WorkloadDraft,
  parties: Parties,
): Workload {
  const path = ["workloads", draft.name];
  const form = written.workloads?.[draft.name] ?? {};
  const own = draft.vnics.flatMap((vnic) => vnic.addresses);
  const direction = draft.forwards ? "forward" : "in";
  const routes = [
    ...(form.gateway === undefined ? [] : resolveGateways(context, path, form.gateway, own)),
    ...resolveRoutes(context, path, form.routes, own, parties.segments),
  ];
  const places = writtenVnics(path, form);
  const vnics = draft.vnics.map((vnic): Vnic => {
    const [, at = path, vnicForm = {}] = places.find(([name]) => name === vnic.name) ?? [];
    if (vnicForm.kernelFirewall === undefined) return vnic;
    const rules = resolveFirewall(
      context,
      [...at, "kernelFirewall"],
      vnicForm.kernelFirewall,
      "in",
      parties,
    );
    return { ...vnic, firewall: rules };
  });
  if (form.firewall === undefined) return { ...draft, vnics, routes };
  const firewall = resolveFirewall(
    context,
    [...path, "firewall"],
    form.firewall,
    direction,
    parties,
  );
  return { ...draft, vnics, routes, firewall };
}

function finishRouter(
  context: Context,
  written: WrittenTopology,
  draft: RouterDraft,
  parties: Parties,
): Router {
  const path = ["routers", draft.name];
  const form = written.routers?.[draft.name] ?? {};
  const own = draft.interfaces.flatMap((each) => each.addresses);
  const routes = resolveRoutes(context, path, form.routes, own, parties.segments);
  if (form.firewall === undefined) return { ...draft, routes };
  const firewall = resolveFirewall(
    context,
    [...path, "firewall"],
    form.firewall,
    "forward",
    parties,
  );
  return { ...draft, routes, firewall };
}

/** Adds the default routes that nobody wrote. A workload that forwards says itself where to. */
function withImplicitGateways(topology: Topology, written: WrittenTopology): readonly Workload[] {
  const gateways = implicitGateways(topology);
  return topology.workloads.map((workload) => {
    if (workload.forwards || written.workloads?.[workload.name]?.gateway !== undefined)
      return workload;
    const taken = (route: Route): boolean =>
      workload.routes.some((have) => have.destination === route.destination);
    const added = gateways(workload).filter((route) => !taken(route));
    const ordered = [...added].sort((a, b) => ipVersion(a.via) - ipVersion(b.via));
    return { ...workload, routes: [...ordered, ...workload.routes] };
  });
}
