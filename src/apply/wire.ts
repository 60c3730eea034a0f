import { wireNicId, wireOfMac } from "../machine/guest/wire-nic.ts";
import { closeFile, openFile, openFlags } from "../machine/libc/files.ts";
import { moveLink, readLinks, removeAltNames, setLink } from "../machine/netlink/links.ts";
import { NetlinkSocket } from "../machine/netlink/socket.ts";
import type { LinkObject } from "../plan/object.ts";
import { LabError } from "../units/lab-error.ts";
import type { Namespaces } from "./namespaces.ts";

type Wire = Extract<LinkObject, { type: "wire" }>;

/** Frames that wait while the NIC is busy; a VLAN sweep is a burst of 4094. */
const txQueueLength = 16_384;

/** Takes the NIC of a wire out of the machine's own namespace; still down and without master. */
export function takeWire(namespaces: Namespaces, link: Wire): void {
  const { namespace, name, wire, mtu, mac } = link;
  using root = openRoot();
  const nic = readLinks(root.socket).find((each) => wireOfMac(each.permanentAddress) === wire);
  if (nic === undefined) {
    throw new LabError("LAB_E_WIRE_ABSENT", `the machine has no NIC for ${namespace}:${name}`, {
      fix: "cables between machines are made when these start: run `lab down` and `lab up` again",
    });
  }
  const target = namespaces.socket(namespace);
  const index = namespaces.announce(namespace, name);
  root.socket.apply([
    setLink(nic.index, { up: false }),
    moveLink(nic.index, { namespace, name, index }),
  ]);
  target.apply([
    setLink(index, {
      txQueueLength,
      ...(mtu === undefined ? {} : { mtu }),
      ...(mac === undefined ? {} : { address: mac }),
    }),
  ]);
}

/** Gives the NIC of a wire back to the machine's own namespace, down. */
export function returnWire(namespaces: Namespaces, link: Wire): void {
  const { namespace, name, wire, altnames } = link;
  using root = openRoot();
  const index = namespaces.index(namespace, name);
  namespaces
    .socket(namespace)
    .apply([
      setLink(index, { up: false, master: 0 }),
      ...(altnames.length === 0 ? [] : [removeAltNames(index, altnames)]),
      moveLink(index, { namespace: root.fd, name: wireNicId(wire) }),
    ]);
  namespaces.forget(namespace, name);
}

/** The namespace of this process's first thread, which is the machine's own. */
function openRoot(): Disposable & { readonly fd: number; readonly socket: NetlinkSocket } {
  const fd = openFile("/proc/self/ns/net", openFlags.readOnly);
  const socket = new NetlinkSocket(fd);
  return {
    fd,
    socket,
    [Symbol.dispose]: () => {
      socket[Symbol.dispose]();
      closeFile(fd);
    },
  };
}
