import { interfaceAddress, prefix } from "../units/ip.ts";
import type {
  BridgePortObject,
  BridgeVlan,
  ImpairmentObject,
  LabObject,
  LinkObject,
} from "./object.ts";

/** Whether a thing is as it should be. What `desired` leaves out (MAC, MTU) is as it should be in any case. */
export function isAsDesired(desired: LabObject, actual: LabObject): boolean {
  return sameJson(comparable(desired, desired), comparable(actual, desired));
}

/** A link that is port of a bridge has a bridge-port object of its own; one of a bridge without VLANs says nothing. */
export function saysNothing(object: LabObject): boolean {
  return object.kind === "bridge-port" && object.self && object.vlans.length === 0;
}

/** The part of an object that matters in comparing it to `desired`, in a form in which equal things are equal. */
function comparable(object: LabObject, desired: LabObject): unknown {
  switch (object.kind) {
    case "namespace":
    case "service":
    case "forwarding":
      return {};
    case "link":
      return comparableLink(object, desired);
    case "bridge-port":
      return comparablePort(object);
    case "address":
      return interfaceAddress(object.address);
    case "route":
      return { ...object, destination: prefix(object.destination) };
    case "sysctl":
      return object.value.trim();
    case "mirror":
      return object.to;
    case "impairment":
      return comparableImpairment(object);
    case "block":
      return [...object.hooks].sort();
    case "ruleset":
      return object.body.replaceAll(/\s+/g, " ").trim();
    default:
      return object satisfies never;
  }
}

function comparableLink(link: LinkObject, desired: LabObject): unknown {
  const { mac, mtu, ...rest } = link;
  const wanted = desired.kind === "link" ? desired : link;
  return {
    ...rest,
    ...(wanted.mac === undefined ? {} : { mac: mac?.toLowerCase() }),
    ...(wanted.mtu === undefined ? {} : { mtu }),
    altnames: [...link.altnames].sort(),
    ...(link.type === "bond" ? { bond: comparableBond(link) } : {}),
  };
}

/** Settings that mean nothing in a mode are whatever the kernel says. */
function comparableBond({ bond }: LinkObject & { readonly type: "bond" }): unknown {
  const { mode, miimon, arpInterval, arpTargets, arpValidate, lacpRate, primary } = bond;
  const arp = arpInterval > 0 ? { arpInterval, arpTargets, arpValidate } : {};
  return {
    mode,
    miimon,
    ...arp,
    ...(mode === "802.3ad" ? { lacpRate } : {}),
    ...(/^(active-backup|balance-[at]lb)$/.test(mode) ? { primary } : {}),
  };
}

function comparablePort({ learning, groupForwardMask, vlans, self }: BridgePortObject): unknown {
  // A bridge's own membership has no port settings.
  return self ? mergeVlans(vlans) : { learning, groupForwardMask, vlans: mergeVlans(vlans) };
}

/** Ranges as long as they can be; equal memberships give equal lists. */
export function mergeVlans(vlans: readonly BridgeVlan[]): readonly BridgeVlan[] {
  const merged: BridgeVlan[] = [];
  for (const vlan of [...vlans].sort((left, right) => left.vid - right.vid)) {
    const last = merged.at(-1);
    const joins =
      last !== undefined &&
      last.end === vlan.vid - 1 &&
      last.untagged === vlan.untagged &&
      !last.pvid &&
      !vlan.pvid;
    if (joins) merged[merged.length - 1] = { ...last, end: vlan.end };
    else merged.push(vlan);
  }
  return merged;
}

/** The kernel keeps loss as a fraction of 2^32. */
function comparableImpairment({ delay, jitter, loss, rate }: ImpairmentObject): unknown {
  return { delay, jitter, loss: loss.toFixed(4), rate };
}

/** Equal apart from the order of keys and from keys whose value is undefined. */
function sameJson(left: unknown, right: unknown): boolean {
  return JSON.stringify(left, sortKeys) === JSON.stringify(right, sortKeys);
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}
