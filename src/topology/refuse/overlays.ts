import type { Context } from "../resolve/context.ts";
import type { Topology } from "../topology.ts";
import type { WrittenTopology } from "../written.ts";

/** A port group in an overlay needs an end point on its host that the uplink carries. */
export function refuseOverlayFaults(
  context: Context,
  written: WrittenTopology,
  topology: Topology,
): void {
  for (const host of topology.hosts) {
    const path = ["hosts", host.name];
    if (host.vtep !== undefined) {
      const { vtep } = host;
      const device = host.switches.find((candidate) => candidate.name === vtep.switch);
      if (device?.uplink !== undefined && !device.uplinkVlans.tagged.includes(vtep.vlan)) {
        const message = `the uplink of ${device.name} does not carry the end point's VLAN ${vtep.vlan} with a tag; add it to uplinkVlans.trunk`;
        context.report([...path, "vtep"], message, "key");
      }
      continue;
    }
    if (written.hosts?.[host.name]?.vtep !== undefined || context.lost.has("vtep")) continue;
    const groups = host.switches.flatMap((device) =>
      device.portGroups
        .filter((group) => group.overlay !== undefined)
        .map((group) => ({ at: [...path, "switches", device.name, "portGroups"], group })),
    );
    const [first] = groups;
    if (first === undefined) continue;
    const message = `port group ${first.group.name} is in overlay ${first.group.overlay}, and ${host.name} has no overlay end point; write vtep: {vlan: VLAN} in ${host.name}`;
    context.report(first.at, message, "key");
  }
}
