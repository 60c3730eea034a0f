import type { Topology } from "../topology/topology.ts";
import { broadcastProbe, dot1q } from "./frame-probe.ts";
import { type HostPort, hostPorts } from "./host-port.ts";
import { probeId, testStation, trialId } from "./point.ts";
import type { Expectation, FrameProbe, Trial } from "./trial.ts";
import { type VlanProfile, vlanProfile } from "./vlan-profile.ts";

const remediation =
  "Make the port's allowed list equal to the VLAN profile of the connected host, with no native VLAN: see VM-VN-R1 in SP 800-125B section 2.6.";

/**
 * Broadcasts of every VLAN id through the ports of one physical switch that lead to host NICs, both ways, against a test
 * station whose port is a trunk of all VLANs meanwhile. NICs are judged themselves, not their bond: a frame is recorded at a
 * standby member before the bond drops it, and is injected there too.
 */
export function sweepTrial(topology: Topology, switchName: string): readonly Trial[] {
  const places = hostPorts(topology).filter(
    (place) => place.switchName === switchName && isUsed(vlanProfile(topology, place)),
  );
  if (places.length === 0) return [];
  const station = testStation(switchName);
  const down = broadcastProbe("sweep from the test station", station, dot1q("sweep"));
  const ports = places.map((place) => portProbes(place, vlanProfile(topology, place), down));
  return [
    {
      id: trialId(`vm-vn-r1/${switchName}`),
      subject: switchName,
      exclusive: false,
      points: [station, ...places.flatMap(({ switchPoint, nicPoint }) => [switchPoint, nicPoint])],
      phases: [
        {
          name: "sweep",
          change: { kind: "test-trunk", switch: switchName },
          send: [down, ...ports.flatMap(({ send }) => send)],
          read: [{ kind: "bridge-vlans", node: switchName }],
          expect: ports.flatMap(({ expect }) => expect),
        },
      ],
    },
  ];
}

/** A NIC that nobody uses has no VLAN by which one could show that it can be seen at all. */
function isUsed({ tagged, untagged }: VlanProfile): boolean {
  return tagged.length > 0 || untagged !== undefined;
}

type PortProbes = { readonly send: readonly FrameProbe[]; readonly expect: readonly Expectation[] };

function portProbes(place: HostPort, profile: VlanProfile, down: FrameProbe): PortProbes {
  const { nicPoint: nic, switchPoint } = place;
  const station = down.from;
  const up = broadcastProbe(`sweep from ${nic}`, nic, dot1q("sweep"));
  const plain = broadcastProbe(`untagged from ${nic}`, nic, []);
  const priority = broadcastProbe(`priority tag from ${nic}`, nic, dot1q(0));
  const due = { kind: "vlan-ids", ids: profile.tagged } as const;
  const withNative = profile.untagged === undefined ? due : { ...due, untagged: profile.untagged };
  const sweeps: readonly Expectation[] = [
    {
      subject: `${switchPoint} to ${nic}`,
      probe: down.id,
      at: nic,
      direction: "in",
      frames: withNative,
      remediation,
    },
    {
      subject: `${nic} to ${switchPoint}`,
      probe: up.id,
      at: station,
      direction: "in",
      frames: withNative,
      remediation,
    },
  ];
  const natives = [plain, priority].map((probe) => nativeExpectation(place, profile, probe, up));
  return { send: [up, plain, priority], expect: [...sweeps, ...natives] };
}

/** Without a native VLAN an untagged frame goes nowhere; with one it goes there. A priority tag says no more than none. */
function nativeExpectation(
  place: HostPort,
  profile: VlanProfile,
  probe: FrameProbe,
  control: FrameProbe,
): Expectation {
  const what = probe.tags.length === 0 ? "untagged frame" : "priority tag";
  const common = {
    subject: `${place.nicPoint} to ${place.switchPoint} ${what}`,
    probe: probe.id,
    at: testStation(place.switchName),
    direction: "in",
    remediation:
      "Take the native VLAN (PVID) off the trunk port, or keep it for a VLAN that carries nothing.",
  } as const;
  if (profile.untagged !== undefined) {
    return { ...common, frames: { kind: "at-least-one" }, vlanIds: [profile.untagged] };
  }
  return {
    ...common,
    frames: { kind: "none" },
    control: { probe: probeId(control.id), at: common.at, direction: "in" },
  };
}
