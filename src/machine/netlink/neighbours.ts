import { decode } from "./decode.ts";
import { neighbourShape, neighbourState, neighbourType } from "./neighbour-message.ts";
import { type NetlinkRequest, netlinkRequest, requestFlags } from "./request.ts";
import type { NetlinkSocket } from "./socket.ts";

/** A fixed neighbour: the MAC address of an IP address at an interface. */
export type Neighbour = {
  readonly index: number;
  readonly address: string;
  readonly mac: string;
};

/** A neighbour as the kernel has it; `mac` is absent while it is not resolved. */
export type NeighbourEntry = {
  readonly index: number;
  readonly address: string;
  readonly mac?: string;
  readonly permanent: boolean;
};

/** Adds or replaces a permanent neighbour. */
export function setNeighbour(neighbour: Neighbour): NetlinkRequest {
  return netlinkRequest(
    neighbourType.create,
    requestFlags.create | requestFlags.replace,
    neighbourShape,
    {
      family: familyOf(neighbour.address),
      index: neighbour.index,
      state: neighbourState.permanent,
      destination: neighbour.address,
      linkAddress: neighbour.mac,
    },
    `set neighbour ${neighbour.address}`,
  );
}

/** Forgets a neighbour, learned or fixed. */
export function deleteNeighbour(index: number, address: string): NetlinkRequest {
  return netlinkRequest(
    neighbourType.remove,
    0,
    neighbourShape,
    { family: familyOf(address), index, destination: address },
    `delete neighbour ${address}`,
  );
}

/** The neighbour tables (ARP and neighbour discovery) of the socket's namespace. */
export function readNeighbours(socket: NetlinkSocket): readonly NeighbourEntry[] {
  const request = netlinkRequest(neighbourType.get, 0, neighbourShape, {}, "list neighbours");
  return socket.dump(request).map((payload) => {
    const entry = decode(neighbourShape, payload);
    return {
      index: entry.index ?? 0,
      address: entry.destination ?? "",
      permanent: ((entry.state ?? 0) & neighbourState.permanent) !== 0,
      ...(entry.linkAddress === undefined ? {} : { mac: entry.linkAddress }),
    };
  });
}

function familyOf(address: string): number {
  return address.includes(":") ? 10 : 2;
}
