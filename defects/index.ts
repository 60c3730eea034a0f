import type { Defect } from "../src/score/defect.ts";
import { accessPortTakesTags } from "./access-port-takes-tags.ts";
import { fabricVlanFilteringOff } from "./fabric-vlan-filtering-off.ts";
import { hostVlanFilteringOff } from "./host-vlan-filtering-off.ts";
import { mirrorAllPorts } from "./mirror-all-ports.ts";
import { mirrorDuplicates } from "./mirror-duplicates.ts";
import { mirrorEgressOnly } from "./mirror-egress-only.ts";
import { mirrorIngressOnly } from "./mirror-ingress-only.ts";
import { mirrorOff } from "./mirror-off.ts";
import { routerFirewallOff } from "./router-firewall-off.ts";
import { teamMemberUnplugged } from "./team-member-unplugged.ts";
import { teamOnOneSwitch } from "./team-on-one-switch.ts";
import { teamWatchesCarrierOnly } from "./team-watches-carrier-only.ts";
import { teamWatchesNothing } from "./team-watches-nothing.ts";
import { teamWatchesSlowly } from "./team-watches-slowly.ts";
import { trunkNativeDefault } from "./trunk-native-default.ts";
import { trunkNativeMismatch } from "./trunk-native-mismatch.ts";
import { trunkVlanMissing } from "./trunk-vlan-missing.ts";
import { trunkVlanSurplus } from "./trunk-vlan-surplus.ts";

/** Every defect, by the recommendation it breaks. */
export const defects: readonly Defect[] = [
  fabricVlanFilteringOff,
  hostVlanFilteringOff,
  trunkVlanMissing,
  trunkVlanSurplus,
  trunkNativeDefault,
  trunkNativeMismatch,
  accessPortTakesTags,
  teamOnOneSwitch,
  teamWatchesCarrierOnly,
  teamWatchesNothing,
  teamMemberUnplugged,
  teamWatchesSlowly,
  mirrorIngressOnly,
  mirrorEgressOnly,
  mirrorOff,
  mirrorDuplicates,
  mirrorAllPorts,
  routerFirewallOff,
];
