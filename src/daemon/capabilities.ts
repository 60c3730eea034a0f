import { kernelRelease } from "../machine/kernel-release.ts";
import { closeFile } from "../machine/libc/files.ts";
import { addFilter } from "../machine/netlink/filters.ts";
import { createLink, createVeth } from "../machine/netlink/links.ts";
import { addClsact, impair } from "../machine/netlink/qdiscs.ts";
import { NetlinkSocket } from "../machine/netlink/socket.ts";
import { openAnonymousNamespace } from "../machine/netns/named.ts";
import { applyRules } from "../machine/nftables/nftables.ts";
import type { Capabilities, Capability } from "../plan/capabilities.ts";

/**
 * Which of these things this kernel can do, found out by doing them in a namespace that nobody sees and that ends with
 * this call. The kernel may load modules for what is asked, so ask only for what is needed.
 */
export function readCapabilities(wanted: readonly Capability[]): Capabilities {
  const kernel = kernelRelease();
  let scratch: number;
  try {
    scratch = openAnonymousNamespace();
  } catch {
    return { kernel, privileged: false, features: [] };
  }
  try {
    using socket = new NetlinkSocket(scratch);
    const attempts = trials(socket, scratch);
    const links: readonly Capability[] = ["veth", "bridge"];
    const tried = [...new Set([...links, ...wanted])];
    const features = tried.filter((name) => succeeds(attempts[name]));
    return { kernel, privileged: true, features };
  } finally {
    closeFile(scratch);
  }
}

function succeeds(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

/** `veth` and `bridge` come first: the others use what they made. */
function trials(socket: NetlinkSocket, scratch: number): Record<Capability, () => void> {
  const [veth, far, bridge] = [2, 3, 4] as const;
  return {
    veth: () =>
      socket.apply([
        createVeth(
          { name: "a", index: veth, namespace: scratch },
          { name: "b", index: far, namespace: scratch },
        ),
      ]),
    bridge: () => socket.apply([createLink({ name: "br", index: bridge, kind: "bridge" })]),
    "vlan-filtering": () =>
      socket.apply([createLink({ name: "vbr", kind: "bridge", bridge: { vlanFiltering: true } })]),
    bonding: () =>
      socket.apply([createLink({ name: "bo", kind: "bond", bond: { mode: "active-backup" } })]),
    vlan: () =>
      socket.apply([createLink({ name: "vl", kind: "vlan", link: veth, vlan: { id: 7 } })]),
    vxlan: () =>
      socket.apply([createLink({ name: "vx", kind: "vxlan", vxlan: { id: 7, port: 4789 } })]),
    netem: () => socket.apply([impair(veth, { delayMs: 1 })]),
    mirror: () =>
      socket.apply([
        addClsact(far),
        addFilter({
          index: far,
          direction: "ingress",
          preference: 1,
          actions: [{ kind: "mirror", to: veth }],
        }),
      ]),
    nftables: () =>
      applyRules(
        scratch,
        "table inet t { chain c { type filter hook input priority 0; ct state established accept; }; }",
      ),
    // Kernel-based rules are stateful, and bridge tables know connections only where the kernel has that part.
    "nftables-bridge": () =>
      applyRules(
        scratch,
        "table bridge t { chain c { type filter hook forward priority 0; ct state established accept; }; }",
      ),
  };
}
