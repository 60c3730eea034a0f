import type { Topology } from "../topology/topology.ts";
import { mac } from "../units/mac.ts";
import type { VlanId } from "../units/vlan-id.ts";
import { broadcastProbe, dot1q } from "./frame-probe.ts";
import { farSide, point, trialId } from "./point.ts";
import type { ControlRef, Expectation, FrameProbe, Point, Trial } from "./trial.ts";
import { uplinkPoint, type VnicSite, vnicSites } from "./vnic-site.ts";

const remediation =
  "Switch VLAN filtering on, give access ports one untagged VLAN, and take native VLANs off trunks.";

/** Cisco's discovery and trunk negotiation group: a Linux bridge floods it, so a workload's frames reach the fabric. */
const discoveryGroup = mac("01:00:0c:cc:cc:cc");

type Access = VnicSite & { readonly vlan: VlanId; readonly uplink: Point };

/** vNICs in a VLAN of a virtual switch whose uplink carries that VLAN with a tag. */
function accessSites(topology: Topology): readonly Access[] {
  return vnicSites(topology).flatMap((site) => {
    const uplink = uplinkPoint(site);
    const { vlan, vnic, virtualSwitch } = site;
    if (uplink === undefined || vlan === undefined || vnic.analyzer) return [];
    const isCarried = virtualSwitch?.uplinkVlans.tagged.includes(vlan) === true;
    return isCarried ? [{ ...site, vlan, uplink }] : [];
  });
}

/** Tags of a workload's own making: another VLAN's, two at once, and priority tags (recommendations, section 5.1). */
export function accessTrial(topology: Topology): readonly Trial[] {
  const sites = accessSites(topology);
  if (sites.length === 0) return [];
  const feeds = new Map(sites.map((site) => [site.point, feedProbe(topology, site)]));
  const parts = sites.map((site) => siteProbes(topology, site, sites, feeds));
  const nics = topology.hosts.flatMap((host) =>
    host.nics.map(({ name }) => point(host.name, name)),
  );
  const points = new Set([
    ...sites.flatMap((site) => [site.point, ...farPoints(topology, site), site.uplink]),
    ...nics,
  ]);
  return [
    {
      id: trialId("vm-vn-r1/access"),
      subject: "access ports",
      exclusive: false,
      points: [...points],
      phases: [
        {
          name: "access",
          send: [...[...feeds.values()].flat(), ...parts.flatMap(({ send }) => send)],
          read: [],
          expect: parts.flatMap(({ expect }) => expect),
        },
      ],
    },
  ];
}

function farPoints(topology: Topology, { workload, vnic }: VnicSite): readonly Point[] {
  const far = farSide(topology, workload.name, vnic.name);
  return far === undefined ? [] : [far];
}

/** Injected at the host's side of a vNIC: shows that what arrives at the vNIC is recorded there. */
function feedProbe(topology: Topology, site: VnicSite): readonly FrameProbe[] {
  return farPoints(topology, site).map((far) => broadcastProbe(`into ${site.point}`, far, []));
}

/** One workload's vNIC in each other VLAN, first on the attacker's own host: who would receive what leaks. */
function victims(site: Access, sites: readonly Access[]): readonly Access[] {
  const others = sites.filter(({ vlan }) => vlan !== site.vlan);
  const near = others.filter(({ host }) => host?.name === site.host?.name);
  const far = others.filter(({ host }) => host?.name !== site.host?.name);
  const pick = (list: readonly Access[]): readonly Access[] => [
    ...new Map(list.toReversed().map((victim) => [victim.vlan, victim])).values(),
  ];
  return [...pick(near), ...pick(far)];
}

type SiteProbes = { readonly send: readonly FrameProbe[]; readonly expect: readonly Expectation[] };

function siteProbes(
  topology: Topology,
  site: Access,
  sites: readonly Access[],
  feeds: ReadonlyMap<Point, readonly FrameProbe[]>,
): SiteProbes {
  const from = site.point;
  const plain = broadcastProbe(`untagged from ${from}`, from, []);
  const control: ControlRef = { probe: plain.id, at: site.uplink, direction: "out" };
  const targets = victims(site, sites);
  const foreign = [...new Set(topology.vlans.map(({ id }) => id))].filter((id) => id !== site.vlan);
  const forged = foreign.flatMap((id) => {
    const tag = broadcastProbe(`tag ${id} from ${from}`, from, dot1q(id));
    const own = broadcastProbe(`tags ${site.vlan},${id} from ${from}`, from, dot1q(site.vlan, id));
    const native = broadcastProbe(`tags 1,${id} from ${from}`, from, dot1q(1, id));
    const doubles = site.vlan === 1 ? [own] : [own, native];
    return [
      { id, what: "tag injection", probe: tag },
      ...doubles.map((probe) => ({ id, what: "double tagging", probe })),
    ];
  });
  const expect = forged.flatMap(({ id, what, probe }) => {
    const common = {
      subject: `${from} ${what}`,
      probe: probe.id,
      frames: { kind: "none" },
      control,
      remediation,
    } as const;
    return [
      { ...common, at: site.uplink, direction: "out", outermostVlan: id } as const,
      ...targets
        .filter(({ vlan }) => vlan === id)
        .map((victim) => ({
          ...common,
          at: victim.point,
          direction: "in" as const,
          alsoControls: (feeds.get(victim.point) ?? []).map(
            (feed): ControlRef => ({ probe: feed.id, at: victim.point, direction: "in" }),
          ),
        })),
    ];
  });
  const priority = priorityProbes(site, foreign, control);
  const seen = observedProbes(site, foreign);
  return {
    send: [plain, ...forged.map(({ probe }) => probe), ...priority.send, ...seen],
    expect: [...expect, ...priority.expect],
  };
}

/** IEEE 802.1Q section 6.9.1: VID 0 carries a priority only; the frame belongs to the port's own VLAN. */
function priorityProbes(site: Access, foreign: readonly number[], control: ControlRef): SiteProbes {
  const probe = broadcastProbe(`priority tag from ${site.point}`, site.point, dot1q(0));
  const common = {
    subject: `${site.point} priority tag`,
    probe: probe.id,
    at: site.uplink,
    direction: "out",
    control,
    remediation,
  } as const;
  const elsewhere = foreign.map(
    (id): Expectation => ({ ...common, frames: { kind: "none" }, outermostVlan: id }),
  );
  const own: Expectation = { ...common, frames: { kind: "at-least-one" }, vlanIds: [site.vlan] };
  return { send: [probe], expect: [own, ...elsewhere] };
}

/** Techniques that decide nothing here: tags of another type, and the group of switches' own protocols. */
function observedProbes(site: Access, foreign: readonly number[]): readonly FrameProbe[] {
  const from = site.point;
  const [victim] = foreign;
  const types = victim === undefined ? [] : [0x88a8, 0x9100];
  return [
    ...types.map((tpid) =>
      broadcastProbe(`observe 0x${tpid.toString(16)} tag from ${from}`, from, [
        { tpid, vid: victim ?? 1 },
        { tpid: 0x8100, vid: victim ?? 1 },
      ]),
    ),
    broadcastProbe(`observe discovery group from ${from}`, from, [], {
      destination: discoveryGroup,
    }),
  ];
}
