import type { Change } from "../change/change.ts";
import type { Topology } from "../topology/topology.ts";
import { bondMonitor } from "./change/bond.ts";
import { linkDown, silentBlock, switchDown, switchSilent } from "./change/failure.ts";
import { changeMirror } from "./change/mirror.ts";
import { firewallOff, impair, removeAddresses } from "./change/node.ts";
import { recable } from "./change/recable.ts";
import type { Running } from "./change/running.ts";
import {
  addPortVlan,
  removePortVlan,
  setPortVlans,
  testTrunk,
  vlanFiltering,
} from "./change/vlans.ts";
import { inventory } from "./dependents.ts";
import { diff } from "./diff.ts";
import type { LabObject } from "./object.ts";
import type { Operation } from "./operation.ts";

/**
 * What a change does to a lab as it is now. Taking it back is the inverse of each operation, last one first. Nothing
 * where the lab is already so.
 *
 * @throws LabError where what is to be changed is not there.
 */
export function planChange(
  topology: Topology,
  actual: readonly LabObject[],
  change: Change,
): readonly Operation[] {
  const running = { topology, objects: actual, stock: inventory(actual) };
  return diff(changed(running, change), actual);
}

/** The lab's objects after the change. */
function changed(running: Running, change: Change): readonly LabObject[] {
  switch (change.kind) {
    case "switch-down":
      return switchDown(running, change.switch);
    case "switch-silent":
      return switchSilent(running, change.switch);
    case "link-down":
      return linkDown(running, change.at);
    case "silent-block":
      return silentBlock(running, change.at);
    case "port-vlans":
      return setPortVlans(running, change.port, change.vlans);
    case "port-vlan-add":
      return addPortVlan(running, change.port, change.vlan, change.untagged ?? false);
    case "port-vlan-remove":
      return removePortVlan(running, change.port, change.vlan);
    case "test-trunk":
      return testTrunk(running, change.switch);
    case "vlan-filtering":
      return vlanFiltering(running, change.bridge, change.on);
    case "bond-monitor":
      return bondMonitor(running, change.node, change.bond, change.monitor);
    case "recable":
      return recable(running, change.nic, change.to);
    case "mirror":
      return changeMirror(running, change.host, change.mirror, change.become);
    case "impairment":
      return impair(running, change.at, change.impairment);
    case "firewall-off":
      return firewallOff(running, change.node, change.port);
    case "address-remove":
      return removeAddresses(running, change.node, change.interface);
    default:
      return change satisfies never;
  }
}
