import { isLoadable, loadModule } from "../machine/kernel-modules.ts";
import type { Capability } from "../plan/capabilities.ts";

/** Modules behind a capability, with parameters: without `max_bonds=0` the bonding module makes a bond in the root namespace. */
const modulesOf: Readonly<Record<Capability, readonly (readonly string[])[]>> = {
  bonding: [["bonding", "max_bonds=0"]],
  "vlan-filtering": [["bridge"]],
  bridge: [["bridge"]],
  vlan: [["8021q"]],
  vxlan: [["vxlan"]],
  veth: [["veth"]],
  netem: [["sch_netem"]],
  mirror: [["sch_ingress"], ["cls_matchall"], ["act_mirred"], ["act_gact"]],
  nftables: [["nf_tables"]],
  "nftables-bridge": [["nf_tables"], ["nft_meta_bridge"]],
};

/** Loads what the running kernel has as modules and needs, saying so first; what it does not have stays missing. */
export function loadModules(needed: readonly Capability[], say: (line: string) => void): void {
  const wanted = needed.flatMap((capability) => modulesOf[capability]);
  const unique = [...new Map(wanted.map((module) => [module[0] ?? "", module])).values()];
  for (const [name = "", ...parameters] of unique) {
    if (!isLoadable(name)) continue;
    say(`loading kernel module ${[name, ...parameters].join(" ")}`);
    loadModule(name, parameters);
  }
}
