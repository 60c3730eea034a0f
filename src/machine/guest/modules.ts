import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decompress } from "./decompress.ts";
import type { Kernel } from "./kernel.ts";

/** One kernel module as a guest gets it: unpacked, with the names of the modules it needs. */
export type KernelModule = {
  readonly name: string;
  readonly path: string;
  readonly content: Buffer;
  readonly needs: readonly string[];
  readonly aliases: readonly string[];
};

const transport =
  "crc32c_generic virtio_pci virtio_mmio virtio_console virtio_rng 9p 9pnet_virtio overlay";
const nics = "virtio_net e1000 e1000e 8139cp vmxnet3 pcnet32";
const links =
  "bonding 8021q bridge br_netfilter vxlan geneve veth dummy ifb tun tap macvlan macvtap ipvlan vrf nlmon openvswitch";
const queueing =
  "sch_netem sch_ingress sch_prio sch_tbf sch_htb sch_fq sch_cake cls_matchall cls_flower cls_u32 cls_bpf cls_fw " +
  "act_mirred act_vlan act_gact act_pedit act_police act_skbedit act_sample psample act_bpf act_csum";
const filtering =
  "nf_tables nft_ct nft_log nft_nat nft_masq nft_redir nft_chain_nat nft_reject nft_reject_inet nft_reject_bridge " +
  "nft_meta_bridge nft_limit nft_hash nft_numgen nft_fwd_netdev nft_dup_netdev nft_queue nft_fib nft_fib_inet nft_objref " +
  "nft_quota nft_connlimit nft_socket nft_tproxy nft_synproxy nft_compat nf_conntrack nf_conntrack_bridge " +
  "nf_conntrack_netlink nf_log_syslog nfnetlink_log nfnetlink_queue xt_conntrack xt_comment";
const tunnels =
  "esp4 esp6 xfrm_user xfrm_interface authenc echainiv cbc hmac sha256_generic aes_generic gcm";
const diagnostics = "af_packet af_packet_diag inet_diag tcp_diag udp_diag unix_diag netlink_diag";

/** Loaded while the guest boots, so that no test waits for a driver. `ip_gre` puts devices into every namespace: not here. */
export const guestModules: readonly string[] = [
  transport,
  nics,
  links,
  queueing,
  filtering,
  tunnels,
  diagnostics,
].flatMap((names) => names.split(" "));

const nameOf = (path: string): string =>
  (path.split("/").at(-1) ?? "").replace(/\.ko.*$/, "").replaceAll("-", "_");

/** The modules of these names and everything they need, what is needed first; names the kernel has built in or lacks are left out. */
export async function resolveModules(
  kernel: Kernel,
  names: readonly string[],
): Promise<readonly KernelModule[]> {
  const paths = await modulePaths(kernel);
  const resolved = new Map<string, KernelModule>();
  const visit = async (name: string): Promise<void> => {
    const path = paths.get(name);
    if (path === undefined || resolved.has(name)) return;
    const module = await readModule(kernel, name, path);
    for (const needed of module.needs) await visit(needed);
    resolved.set(name, module);
  };
  for (const name of names) await visit(name.replaceAll("-", "_"));
  return [...resolved.values()];
}

async function modulePaths(kernel: Kernel): Promise<ReadonlyMap<string, string>> {
  const order = await readFile(join(kernel.modules, "modules.order"), "utf8");
  const paths = order.split("\n").filter((line) => line !== "");
  return new Map(paths.map((path) => [nameOf(path), path]));
}

/** modules.order names files as built; a distribution may have packed them since. */
async function readModule(kernel: Kernel, name: string, path: string): Promise<KernelModule> {
  const content = await decompress(await readAny(join(kernel.modules, path)));
  const needs = information(content, "depends").flatMap((list) => list.split(","));
  return {
    name,
    path,
    content,
    needs: needs.filter((needed) => needed !== "").map((needed) => needed.replaceAll("-", "_")),
    aliases: information(content, "alias"),
  };
}

async function readAny(path: string): Promise<Buffer> {
  let failure: unknown;
  for (const ending of ["", ".xz", ".zst", ".gz"]) {
    try {
      return await readFile(path + ending);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** Values of a key in the module's .modinfo section: texts "key=value" between zero bytes. */
function information(content: Buffer, key: string): readonly string[] {
  const mark = Buffer.from(`\0${key}=`);
  const values: string[] = [];
  for (let at = content.indexOf(mark); at !== -1; at = content.indexOf(mark, at + 1)) {
    const start = at + mark.length;
    values.push(content.toString("latin1", start, content.indexOf(0, start)));
  }
  return values;
}

/** The two index files that modprobe reads (modules.dep(5)), over these modules, which come in the order of their needs. */
export function moduleIndex(modules: readonly KernelModule[]): {
  readonly dep: string;
  readonly alias: string;
} {
  const lists = new Map<string, ReadonlySet<string>>();
  const paths = new Map(modules.map(({ name, path }) => [name, path]));
  let dep = "";
  for (const { name, path, needs } of modules) {
    const all = new Set(needs.flatMap((needed) => [...(lists.get(needed) ?? []), needed]));
    lists.set(name, all);
    const found = [...all].reverse().map((needed) => paths.get(needed));
    dep += `${path}: ${found.filter((needed) => needed !== undefined).join(" ")}\n`;
  }
  const alias = modules.flatMap(({ name, aliases }) =>
    aliases.map((text) => `alias ${text} ${name}\n`),
  );
  return { dep, alias: alias.join("") };
}
