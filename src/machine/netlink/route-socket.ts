import type { Namespace } from "../netns/handles.ts";
import { NetlinkSocket } from "./socket.ts";

const rtnetlink = 0;

/** Opens rtnetlink of a namespace. Close it with `using`, or keep it: it keeps the namespace alive meanwhile. */
export function openRoute(namespace: Namespace): NetlinkSocket {
  return new NetlinkSocket(namespace, rtnetlink);
}
