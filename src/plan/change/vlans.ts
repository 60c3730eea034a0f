import type { BridgeRef, SwitchPortRef } from "../../change/change.ts";
import type { PortVlans } from "../../topology/topology.ts";
import { bridgeVlans } from "../build.ts";
import { mergeVlans } from "../equal.ts";
import { type Part, switchBridgeName, testPortName } from "../names.ts";
import type { BridgePortObject, BridgeVlan, LabObject } from "../object.ts";
import {
  bridgePortOf,
  noSuchTarget,
  partLink,
  portLink,
  type Running,
  replaced,
} from "./running.ts";

/** The membership of a switch port becomes exactly this. */
export function setPortVlans(
  running: Running,
  ref: SwitchPortRef,
  { tagged, untagged }: PortVlans,
): readonly LabObject[] {
  return withVlans(running, switchPort(running, ref), () => bridgeVlans(tagged, untagged));
}

/** One VLAN more; untagged, it becomes the port's PVID in place of the one before. */
export function addPortVlan(
  running: Running,
  ref: SwitchPortRef,
  vid: number,
  untagged: boolean,
): readonly LabObject[] {
  const added: BridgeVlan = { vid, end: vid, pvid: untagged, untagged };
  return withVlans(running, switchPort(running, ref), (vlans) =>
    mergeVlans([
      ...without(vlans, vid).map((vlan) => (untagged ? { ...vlan, pvid: false } : vlan)),
      added,
    ]),
  );
}

export function removePortVlan(
  running: Running,
  ref: SwitchPortRef,
  vid: number,
): readonly LabObject[] {
  return withVlans(running, switchPort(running, ref), (vlans) => without(vlans, vid));
}

/** The test port becomes a trunk of every VLAN; untagged frames stay refused. */
export function testTrunk(running: Running, name: string): readonly LabObject[] {
  const link = partLink(running, name, { kind: "test-port" }, `the test port of ${name}`);
  return withVlans(running, bridgePortOf(running, link), () => [
    { vid: 1, end: 4094, pvid: false, untagged: false },
  ]);
}

export function vlanFiltering(running: Running, ref: BridgeRef, on: boolean): readonly LabObject[] {
  const link = partLink(running, ref.node, bridgePartOf(running, ref), `the bridge of ${ref.node}`);
  if (link.type !== "bridge") throw noSuchTarget(`the bridge of ${ref.node}`);
  const next = { ...link, bridge: { ...link.bridge, vlanFiltering: on } };
  return replaced(running.objects, link, next);
}

function bridgePartOf({ topology }: Running, ref: BridgeRef): Part {
  const host = topology.hosts.find(({ name }) => name === ref.node);
  return {
    kind: "bridge",
    switch: ref.switch ?? host?.switches[0]?.name ?? switchBridgeName,
  };
}

/** The port meant by `{node: "tor1", port: "hv1"}` or `{node: "hv1", switch: "vs0", port: "uplink"}`. */
function switchPort(running: Running, ref: SwitchPortRef): BridgePortObject {
  const host = running.topology.hosts.find(({ name }) => name === ref.node);
  const virtual = host?.switches.find(({ name }) => name === ref.switch);
  const uplink = ref.port === "uplink" ? virtual?.uplink : undefined;
  const name = uplink ?? ref.port;
  const isTestPort = host === undefined && name === testPortName;
  const link = isTestPort
    ? partLink(running, ref.node, { kind: "test-port" }, `${ref.node}:${name}`)
    : portLink(running, { node: ref.node, port: name });
  return bridgePortOf(running, link);
}

function withVlans(
  { objects }: Running,
  before: BridgePortObject,
  edit: (vlans: readonly BridgeVlan[]) => readonly BridgeVlan[],
): readonly LabObject[] {
  return replaced(objects, before, { ...before, vlans: edit(before.vlans) });
}

/** Ranges less one id. */
function without(vlans: readonly BridgeVlan[], vid: number): readonly BridgeVlan[] {
  return vlans.flatMap((range) => {
    if (vid < range.vid || vid > range.end) return [range];
    const below = vid > range.vid ? [{ ...range, end: vid - 1 }] : [];
    const above = vid < range.end ? [{ ...range, vid: vid + 1 }] : [];
    return [...below, ...above];
  });
}
