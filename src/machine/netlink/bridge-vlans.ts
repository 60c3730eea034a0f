import type { Shape } from "./attribute-table.ts";
import { decode } from "./decode.ts";
import { type LinkHeader, linkHeader } from "./link-message.ts";
import { type NetlinkRequest, netlinkRequest } from "./request.ts";
import type { NetlinkSocket } from "./socket.ts";

const messageType = { get: 18, set: 19, remove: 17 } as const;
const bridgeFamily = 7;
const compressedVlans = 1 << 2;
const vlanFlag = { pvid: 0x02, untagged: 0x04, rangeBegin: 0x08, rangeEnd: 0x10 } as const;
const operateOn = { master: 1, self: 2 } as const;

type VlanInfo = { readonly flags: number; readonly vid: number };
type VlanSpecification = {
  readonly operation?: number;
  readonly vlans?: readonly VlanInfo[];
};
type VlanMessage = LinkHeader & {
  readonly name?: string;
  readonly master?: number;
  readonly vlans?: VlanSpecification;
  readonly extensionMask?: number;
};

/** The AF_BRIDGE form of a link, which carries VLAN memberships in IFLA_AF_SPEC. */
export const bridgeVlanShape: Shape<VlanMessage> = {
  header: linkHeader,
  attributes: {
    name: [3, "string"],
    master: [10, "u32"],
    vlans: [
      26,
      {
        shape: {
          attributes: {
            operation: [0, "u16"],
            vlans: [
              2,
              {
                repeated: {
                  struct: [
                    ["flags", "u16"],
                    ["vid", "u16"],
                  ],
                },
              },
            ],
          },
        },
      },
    ],
    extensionMask: [29, "u32"],
  },
};

/** Membership of a port, or of the bridge itself, in one VLAN or a range of them. */
export type VlanMembership = {
  readonly vid: number;
  /** Last of a range; `vid` alone when absent. A range cannot be the PVID. */
  readonly last?: number;
  /** Untagged frames that come in belong to this VLAN. */
  readonly pvid?: boolean;
  /** Frames of this VLAN go out without a tag. */
  readonly untagged?: boolean;
};

/** The VLANs of one port. `bridge` is the index of its bridge; equal to `index` for the bridge itself. */
export type PortVlans = {
  readonly index: number;
  readonly bridge: number;
  readonly vlans: readonly {
    readonly vid: number;
    readonly pvid: boolean;
    readonly untagged: boolean;
  }[];
};

/** Adds memberships to a port (or, with `self`, to the bridge itself: what its own stack hears). */
export function addPortVlans(
  index: number,
  memberships: readonly VlanMembership[],
  options: { readonly self?: boolean } = {},
): NetlinkRequest {
  return change(messageType.set, index, memberships, options.self ?? false);
}

export function deletePortVlans(
  index: number,
  memberships: readonly VlanMembership[],
  options: { readonly self?: boolean } = {},
): NetlinkRequest {
  return change(messageType.remove, index, memberships, options.self ?? false);
}

function change(
  type: number,
  index: number,
  memberships: readonly VlanMembership[],
  self: boolean,
): NetlinkRequest {
  const names = memberships.map(({ vid, last }) => (last === undefined ? vid : `${vid}-${last}`));
  return netlinkRequest(
    type,
    0,
    bridgeVlanShape,
    {
      family: bridgeFamily,
      index,
      vlans: {
        ...(self ? { operation: operateOn.self } : {}),
        vlans: memberships.flatMap(asVlanInfo),
      },
    },
    `${type === messageType.set ? "add" : "delete"} VLANs ${names.join(",")} at port ${index}`,
  );
}

function asVlanInfo({ vid, last, pvid, untagged }: VlanMembership): readonly VlanInfo[] {
  const flags = (pvid === true ? vlanFlag.pvid : 0) | (untagged === true ? vlanFlag.untagged : 0);
  if (last === undefined || last === vid) {
    return [{ flags, vid }];
  }
  return [
    { flags: flags | vlanFlag.rangeBegin, vid },
    { flags: flags | vlanFlag.rangeEnd, vid: last },
  ];
}

/** The VLANs of all bridge ports, and of the bridges themselves, in the socket's namespace; ranges are spelt out. */
export function readPortVlans(socket: NetlinkSocket): readonly PortVlans[] {
  const request = netlinkRequest(
    messageType.get,
    0,
    bridgeVlanShape,
    { family: bridgeFamily, extensionMask: compressedVlans },
    "list VLANs of bridge ports",
  );
  return socket.dump(request).map((payload) => {
    const { index = 0, master, vlans } = decode(bridgeVlanShape, payload);
    return { index, bridge: master ?? index, vlans: spellOut(vlans?.vlans ?? []) };
  });
}

function spellOut(infos: readonly VlanInfo[]): PortVlans["vlans"] {
  let begin = 0;
  return infos.flatMap(({ flags, vid }) => {
    if ((flags & vlanFlag.rangeBegin) !== 0) {
      begin = vid;
      return [];
    }
    const first = (flags & vlanFlag.rangeEnd) !== 0 ? begin : vid;
    return Array.from({ length: vid - first + 1 }, (_, step) => ({
      vid: first + step,
      pvid: (flags & vlanFlag.pvid) !== 0,
      untagged: (flags & vlanFlag.untagged) !== 0,
    }));
  });
}
