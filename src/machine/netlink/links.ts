import { type Namespace, namespaceFd } from "../netns/handles.ts";
import type { Shape } from "./attribute-table.ts";
import { type BridgePortData, bridgePortShape } from "./bridge-port.ts";
import { decode } from "./decode.ts";
import {
  type LinkCounters,
  type LinkHeader,
  type LinkInfo,
  type LinkMessage,
  linkHeader,
  linkShape,
  type OperationalState,
} from "./link-message.ts";
import { type NetlinkRequest, netlinkRequest, requestFlags } from "./request.ts";
import type { NetlinkSocket } from "./socket.ts";

const messageType = {
  create: 16,
  remove: 17,
  get: 18,
  set: 19,
  addProperty: 108,
  removeProperty: 109,
} as const;
/** AF_BRIDGE messages carry the port's settings in IFLA_PROTINFO. */
const bridgePortMessage: Shape<LinkHeader & { readonly port?: BridgePortData }> = {
  header: linkHeader,
  attributes: { port: [12, { shape: bridgePortShape }] },
};
const linkFlag = { up: 0x1, promiscuous: 0x100 } as const;

/** What can be set on any link, at creation or later. Other links are named by interface index. */
export type LinkSettings = {
  readonly up?: boolean;
  readonly promiscuous?: boolean;
  readonly mtu?: number;
  readonly address?: string;
  /** Interface index of the bridge, bond or VRF to join; 0 to leave it. */
  readonly master?: number;
  readonly alias?: string;
  readonly txQueueLength?: number;
};

/** Kinds of links that can be made, with their own settings. `veth` is made with `createVeth`. */
export type NewLink = LinkSettings & {
  readonly name: string;
  /** The interface index to take; without it the kernel chooses. */
  readonly index?: number;
  /** Where the link is to be; without it the namespace of the socket. */
  readonly namespace?: Namespace;
  /** The link below, for a VLAN interface. */
  readonly link?: number;
} & (
    | ({ readonly kind: "bridge" } & Pick<LinkInfo, "bridge">)
    | ({ readonly kind: "bond" } & Pick<LinkInfo, "bond">)
    | ({ readonly kind: "vlan" } & Required<Pick<LinkInfo, "vlan">>)
    | ({ readonly kind: "vxlan" } & Required<Pick<LinkInfo, "vxlan">>)
    | ({ readonly kind: "vrf" } & Required<Pick<LinkInfo, "vrf">>)
    | { readonly kind: "dummy" }
  );

/** One end of a veth pair. */
export type VethEnd = Omit<LinkSettings, "promiscuous" | "alias" | "master"> & {
  readonly name: string;
  readonly index?: number;
  readonly namespace: Namespace;
};

/** Makes a link of any kind but veth. */
export function createLink(link: NewLink): NetlinkRequest {
  const { name, index, namespace, link: lower, kind, up, promiscuous, ...rest } = link;
  const { mtu, address, master, alias, txQueueLength, ...data } = rest;
  return netlinkRequest(
    messageType.create,
    requestFlags.create | requestFlags.exclusive,
    linkShape,
    {
      name,
      ...given({ index, mtu, address, master, alias, txQueueLength, link: lower }),
      ...flagsOf({ up, promiscuous }),
      ...(namespace === undefined ? {} : { namespaceFd: namespaceFd(namespace) }),
      info: { kind, ...data },
    },
    `create ${kind} ${name}`,
  );
}

/**
 * Makes a veth pair with each end in its own namespace from the start: nothing appears in any other one, wherever the
 * socket is. The kernel can set only the first end up in this step; the other needs a `setLink` of its own.
 */
export function createVeth(a: VethEnd, b: Omit<VethEnd, "up">): NetlinkRequest {
  return netlinkRequest(
    messageType.create,
    requestFlags.create | requestFlags.exclusive,
    linkShape,
    { ...vethEnd(a), info: { kind: "veth", veth: { peer: vethEnd(b) } } },
    `create veth ${a.name} - ${b.name}`,
  );
}

function vethEnd(end: VethEnd): LinkMessage & { readonly name: string } {
  const { name, namespace, up, ...rest } = end;
  return { name, ...given(rest), ...flagsOf({ up }), namespaceFd: namespaceFd(namespace) };
}

/** Changes a link, named by its name or index; `namespace` moves it there. */
export function setLink(
  link: string | number,
  settings: LinkSettings & { readonly namespace?: Namespace },
): NetlinkRequest {
  const { up, promiscuous, namespace, ...rest } = settings;
  const target = typeof link === "number" ? { index: link } : { name: link };
  return netlinkRequest(
    messageType.create,
    0,
    linkShape,
    {
      ...target,
      ...given(rest),
      ...flagsOf({ up, promiscuous }),
      ...(namespace === undefined ? {} : { namespaceFd: namespaceFd(namespace) }),
    },
    `change link ${link}`,
  );
}

/** Moves a link to another namespace, under a name and an index there. It has to be down. */
export function moveLink(
  index: number,
  to: { readonly namespace: Namespace; readonly name: string; readonly index?: number },
): NetlinkRequest {
  const newIndex = to.index === undefined ? {} : { newIndex: to.index };
  return netlinkRequest(
    messageType.create,
    0,
    linkShape,
    { index, name: to.name, namespaceFd: namespaceFd(to.namespace), ...newIndex },
    `move link ${index} to ${to.name}`,
  );
}

/** Gives a link another name. Kernels before 6.2 want it to be down. */
export function renameLink(index: number, name: string): NetlinkRequest {
  return netlinkRequest(
    messageType.create,
    0,
    linkShape,
    { index, name },
    `rename link to ${name}`,
  );
}

/** Changes the settings of a bridge, bond, VXLAN or another kind that can be changed after creation. */
export function setLinkKind(link: string | number, info: LinkInfo): NetlinkRequest {
  const target = typeof link === "number" ? { index: link } : { name: link };
  return netlinkRequest(
    messageType.create,
    0,
    linkShape,
    { ...target, info },
    `change ${info.kind ?? info.memberKind} ${link}`,
  );
}

/** Changes settings of a bridge port. */
export function setBridgePort(index: number, port: BridgePortData): NetlinkRequest {
  return netlinkRequest(
    messageType.set,
    0,
    bridgePortMessage,
    { family: 7, index, port },
    `change bridge port ${index}`,
  );
}

export function deleteLink(link: string | number): NetlinkRequest {
  const target = typeof link === "number" ? { index: link } : { name: link };
  return netlinkRequest(messageType.remove, 0, linkShape, target, `delete link ${link}`);
}

/** Gives a link further names; they may be up to 127 bytes long and mark whose link it is. */
export function addAltNames(link: string | number, altNames: readonly string[]): NetlinkRequest {
  const target = typeof link === "number" ? { index: link } : { name: link };
  return netlinkRequest(
    messageType.addProperty,
    requestFlags.create | requestFlags.append | requestFlags.exclusive,
    linkShape,
    { ...target, altNames },
    `add names to link ${link}`,
  );
}

export function removeAltNames(link: number, altNames: readonly string[]): NetlinkRequest {
  return netlinkRequest(
    messageType.removeProperty,
    0,
    linkShape,
    { index: link, altNames },
    `remove names of link ${link}`,
  );
}

/** A link as it is. */
export type Link = Omit<LinkMessage, "namespaceFd" | "extensionMask" | "change" | "family"> & {
  readonly index: number;
  readonly name: string;
  readonly flags: number;
  readonly up: boolean;
  readonly info: LinkInfo;
  readonly altNames: readonly string[];
  readonly counters?: LinkCounters;
  readonly operationalState?: OperationalState;
};

/** All links of the socket's namespace, in the kernel's order. */
export function readLinks(socket: NetlinkSocket): readonly Link[] {
  const request = netlinkRequest(messageType.get, 0, linkShape, {}, "list links");
  return socket.dump(request).map(asLink);
}

/** One link. @throws NetlinkError ENODEV */
export function readLink(socket: NetlinkSocket, link: string | number): Link {
  const target = typeof link === "number" ? { index: link } : { name: link };
  const request = netlinkRequest(messageType.get, 0, linkShape, target, `read link ${link}`);
  return asLink(socket.get(request));
}

function asLink(payload: Uint8Array): Link {
  const { change: _, family: __, ...message } = decode(linkShape, payload);
  const { index = 0, name = "", flags = 0, info = {}, altNames = [] } = message;
  return { ...message, index, name, flags, up: (flags & linkFlag.up) !== 0, info, altNames };
}

function flagsOf(flags: {
  readonly up?: boolean | undefined;
  readonly promiscuous?: boolean | undefined;
}): { readonly flags?: number; readonly change?: number } {
  const change =
    (flags.up === undefined ? 0 : linkFlag.up) |
    (flags.promiscuous === undefined ? 0 : linkFlag.promiscuous);
  const value =
    (flags.up === true ? linkFlag.up : 0) | (flags.promiscuous === true ? linkFlag.promiscuous : 0);
  return change === 0 ? {} : { flags: value, change };
}

/** Leaves out properties that are undefined, which `exactOptionalPropertyTypes` tells apart from absent ones. */
function given<Value extends object>(
  value: Value,
): { [Key in keyof Value]?: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(
    Object.entries(value).filter(([, property]) => property !== undefined),
  ) as { [Key in keyof Value]?: Exclude<Value[Key], undefined> };
}
