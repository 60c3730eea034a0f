import { type Namespace, namespaceFd } from "../netns/handles.ts";
import type { Shape } from "./attribute-table.ts";
import { decode } from "./decode.ts";
import { type NetlinkRequest, netlinkRequest } from "./request.ts";
import type { NetlinkSocket } from "./socket.ts";

type NamespaceIdMessage = { readonly family?: number; readonly id?: number; readonly fd?: number };
const messageType = { create: 88, get: 90 } as const;

/** `struct rtgenmsg` and NETNSA_*. */
export const namespaceIdShape: Shape<NamespaceIdMessage> = {
  header: [
    ["family", "u8"],
    [null, "u8"],
    [null, "u16"],
  ],
  attributes: { id: [1, "s32"], fd: [3, "u32"] },
};

/** The number by which the socket's namespace knows another one; -1 when it has none for it. */
export function namespaceId(socket: NetlinkSocket, other: Namespace): number {
  const value = { fd: namespaceFd(other) };
  const request = netlinkRequest(
    messageType.get,
    0,
    namespaceIdShape,
    value,
    "read a namespace id",
  );
  return decode(namespaceIdShape, socket.get(request)).id ?? -1;
}

/**
 * Gives a namespace a number within the socket's namespace. The number does not keep the namespace alive: it goes when
 * the namespace goes. @throws NetlinkError EEXIST when it has one.
 */
export function assignNamespaceId(fd: number): NetlinkRequest {
  const value = { id: -1, fd };
  return netlinkRequest(messageType.create, 0, namespaceIdShape, value, "assign a namespace id");
}

/** How many living namespaces have a number within the socket's namespace. */
export function countNamespaceIds(socket: NetlinkSocket): number {
  const request = netlinkRequest(messageType.get, 0, namespaceIdShape, {}, "list namespace ids");
  return socket
    .dump(request)
    .map((payload) => decode(namespaceIdShape, payload))
    .filter(({ id }) => id !== undefined && id >= 0).length;
}
