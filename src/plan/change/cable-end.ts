import type { Endpoint } from "../../topology/topology.ts";
import { namespaceOf } from "../names.ts";
import type { LinkObject } from "../object.ts";
import { peerOf, portLink, type Running } from "./running.ts";

/** Both ends of the cable at a port, that port's first. */
export function cableAt(running: Running, at: Endpoint): readonly [LinkObject, LinkObject] {
  const near = portLink(running, at);
  return [near, peerOf(running, near)];
}

/**
 * The end of a cable at which a failure is made: the switch's, so that what a NIC really sends is still seen leaving it
 * and nothing of the NIC's own configuration is lost; of two switches the far one.
 */
export function failingEnd(running: Running, at: Endpoint): LinkObject {
  const [near, far] = cableAt(running, at);
  return weight(running, near) > weight(running, far) ? near : far;
}

/** How much of a switch the node of a link is. */
function weight({ topology }: Running, link: LinkObject): number {
  const stands = ({ name }: { readonly name: string }): boolean =>
    namespaceOf(topology.name, name) === link.namespace;
  if (topology.switches.some(stands)) return 2;
  return topology.hosts.some(stands) ? 1 : 0;
}
