import type { InterfaceAddress } from "../units/ip.ts";
import { formatInterfaceAddress, ipVersion } from "../units/ip.ts";
import { namespaceOf } from "./names.ts";
import type { AddressObject, LabObject, SysctlObject } from "./object.ts";

/** How the network stack of a node behaves. */
export type NodeCharacter = {
  readonly node: string;
  /** Has bridges: their frames must not be shown to the IP firewall. */
  readonly bridges: boolean;
  readonly forwards: boolean;
  /** Has an IPv6 address somewhere. */
  readonly ipv6: boolean;
};

/** The namespace of a node with its loopback and the settings that have to be there before any interface is. */
export function realiseNamespace(lab: string, character: NodeCharacter): readonly LabObject[] {
  const namespace = namespaceOf(lab, character.node);
  const settings = [
    ...(character.bridges ? bridgeSettings : []),
    ...ipv4Settings(character.forwards),
    ...ipv6Settings(character),
  ];
  return [
    { kind: "namespace", namespace, node: character.node },
    ...settings.map(([key, value, optional]): SysctlObject => {
      return { kind: "sysctl", namespace, key, value, ...(optional ? { optional: true } : {}) };
    }),
    {
      kind: "link",
      namespace,
      name: "lo",
      type: "loopback",
      up: true,
      altnames: [],
    },
  ];
}

type Setting = readonly [key: string, value: string, optional?: true];

/** Docker's br_netfilter starts as 1 in every namespace and shows bridged frames to iptables. */
const bridgeSettings: readonly Setting[] = ["iptables", "ip6tables", "arptables"].map(
  (table): Setting => [`net/bridge/bridge-nf-call-${table}`, "0", true],
);

/**
 * A new namespace takes over the root namespace's values, which are those of whatever else runs on this machine, so that
 * forwarding and reverse-path filtering are always said. Only the firewall rules may decide about a source address.
 */
function ipv4Settings(forwards: boolean): readonly Setting[] {
  return [
    ["net/ipv4/ip_forward", forwards ? "1" : "0"],
    ["net/ipv4/conf/all/rp_filter", "0"],
    ["net/ipv4/conf/default/rp_filter", "0"],
    ["net/ipv4/conf/all/send_redirects", "0"],
    ["net/ipv4/conf/default/send_redirects", "0"],
    // Many probes are refused at once; each refusal is an answer that somebody waits for.
    ["net/ipv4/icmp_ratelimit", "0"],
  ];
}

/** Interfaces without an IPv6 address of their own say nothing: no neighbour discovery, no multicast reports. */
function ipv6Settings({ ipv6, forwards }: NodeCharacter): readonly Setting[] {
  const silent: Setting = ["net/ipv6/conf/default/disable_ipv6", "1"];
  if (!ipv6) return [silent];
  const both = (key: string, value: string): readonly Setting[] => [
    [`net/ipv6/conf/all/${key}`, value],
    [`net/ipv6/conf/default/${key}`, value],
  ];
  return [
    silent,
    ["net/ipv6/conf/all/forwarding", forwards ? "1" : "0"],
    ...both("accept_dad", "0"),
    ...both("accept_ra", "0"),
    ...both("router_solicitations", "0"),
    ...both("keep_addr_on_down", "1"),
    ["net/ipv6/icmp/ratelimit", "0"],
  ];
}

/** The addresses of an interface, and IPv6 switched on where one needs it. */
export function realiseAddresses(
  namespace: string,
  link: string,
  addresses: readonly InterfaceAddress[],
): readonly LabObject[] {
  const objects = addresses.map(
    (address): AddressObject => ({
      kind: "address",
      namespace,
      link,
      address: formatInterfaceAddress(address),
    }),
  );
  const hasIpv6 = addresses.some(({ address }) => ipVersion(address) === 6);
  if (!hasIpv6) return objects;
  const key = `net/ipv6/conf/${link}/disable_ipv6`;
  return [{ kind: "sysctl", namespace, key, value: "0" }, ...objects];
}

/** Whether any of these addresses is of version 6. */
export function hasIpv6(addresses: readonly InterfaceAddress[]): boolean {
  return addresses.some(({ address }) => ipVersion(address) === 6);
}
