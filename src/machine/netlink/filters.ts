import { decode } from "./decode.ts";
import { type NetlinkRequest, netlinkRequest, requestFlags } from "./request.ts";
import type { NetlinkSocket } from "./socket.ts";
import {
  type ActionMessage,
  type FlowerData,
  type TrafficMessage,
  trafficShape,
} from "./traffic-message.ts";

const messageType = { create: 44, remove: 45, get: 46 } as const;
const parents = { ingress: 0xffff_fff2, egress: 0xffff_fff3 } as const;
const allProtocols = 0x0003;
/** `pipe` goes on with the next action and ends the search after the last; `next` goes on with the next filter. */
const verdict = { next: -1, pass: 0, drop: 2, pipe: 3, stolen: 4 } as const;
const mirredDirection = {
  egressRedirect: 1,
  egressMirror: 2,
  ingressRedirect: 3,
  ingressMirror: 4,
} as const;
const vlanOperation = { pop: 1, push: 2 } as const;

/** What a filter does with a frame; several are done in order. `to` is an interface index. */
type FilterAction =
  /** Sends a copy out of an interface and goes on with the frame: the filters behind are asked too. */
  | { readonly kind: "mirror"; readonly to: number }
  /** Sends the frame itself out of an interface. */
  | { readonly kind: "redirect"; readonly to: number }
  | { readonly kind: "drop" }
  | { readonly kind: "pass" }
  | { readonly kind: "vlan-push"; readonly vid: number }
  | { readonly kind: "vlan-pop" };

/** Which frames a filter takes, in the words of `tc flower`; absent means all frames of the protocol. */
type FilterMatch = Omit<FlowerData, "actions" | "flags">;

/** Where a filter hangs and what identifies it there: interface index, direction, preference. */
export type FilterPlace = {
  readonly index: number;
  readonly direction: "ingress" | "egress";
  /** Order among filters of a direction: lower first. */
  readonly preference: number;
};
export type Filter = FilterPlace & {
  /** EtherType, 3 (all) unless given. A flower filter that looks into IP needs 0x0800 or 0x86dd here. */
  readonly protocol?: number;
  readonly match?: FilterMatch;
  readonly actions: readonly FilterAction[];
};

/** Hangs a filter on an interface that has `clsact`. */
export function addFilter(filter: Filter): NetlinkRequest {
  const actions = filter.actions.map((action, position) =>
    asActionMessage(action, position === filter.actions.length - 1),
  );
  const protocol = filter.protocol ?? allProtocols;
  return netlinkRequest(
    messageType.create,
    requestFlags.create | requestFlags.exclusive,
    trafficShape,
    {
      index: filter.index,
      parent: parents[filter.direction],
      info: information(filter.preference, protocol),
      ...(filter.match === undefined
        ? { kind: "matchall", matchall: { actions } }
        : { kind: "flower", flower: { ...filter.match, etherType: protocol, actions } }),
    },
    `add ${filter.direction} filter ${filter.preference} at interface ${filter.index}`,
  );
}

/** Takes away all filters of one preference. */
export function deleteFilter(place: FilterPlace): NetlinkRequest {
  return netlinkRequest(
    messageType.remove,
    0,
    trafficShape,
    {
      index: place.index,
      parent: parents[place.direction],
      info: information(place.preference, 0),
    },
    `delete ${place.direction} filter ${place.preference} at interface ${place.index}`,
  );
}

/** `tcm_info`: preference in the upper half, EtherType in network byte order in the lower. */
function information(preference: number, protocol: number): number {
  return ((preference << 16) | swapped(protocol)) >>> 0;
}

function swapped(value: number): number {
  return ((value & 0xff) << 8) | ((value >> 8) & 0xff);
}

function asActionMessage(action: FilterAction, isLast: boolean): ActionMessage {
  switch (action.kind) {
    case "mirror":
      return mirred(action.to, mirredDirection.egressMirror, isLast ? verdict.next : verdict.pipe);
    case "redirect":
      return mirred(action.to, mirredDirection.egressRedirect, verdict.stolen);
    case "drop":
    case "pass":
      return { kind: "gact", gact: { parameters: { verdict: verdict[action.kind] } } };
    case "vlan-push":
      return {
        kind: "vlan",
        vlan: {
          parameters: { verdict: verdict.pipe, operation: vlanOperation.push },
          pushId: action.vid,
          pushProtocol: 0x8100,
        },
      };
    case "vlan-pop":
      return {
        kind: "vlan",
        vlan: { parameters: { verdict: verdict.pipe, operation: vlanOperation.pop } },
      };
    default:
      return action satisfies never;
  }
}

function mirred(toIndex: number, direction: number, outcome: number): ActionMessage {
  return { kind: "mirred", mirred: { parameters: { direction, toIndex, verdict: outcome } } };
}

/** A filter as the kernel has it, with the frames each action has seen. */
export type FilterEntry = Filter & {
  readonly kind: string;
  readonly protocol: number;
  readonly packets: number;
};

/** The filters of one interface, both directions. An interface without `clsact` has none. */
export function readFilters(socket: NetlinkSocket, index: number): readonly FilterEntry[] {
  return (["ingress", "egress"] as const).flatMap((direction) => {
    const request = netlinkRequest(
      messageType.get,
      0,
      trafficShape,
      { index, parent: parents[direction] },
      `list ${direction} filters at interface ${index}`,
    );
    return (
      socket
        .dump(request)
        .map((payload) => decode(trafficShape, payload))
        // The kernel lists a classifier once without and once with its parts.
        .filter(({ matchall, flower }) => (matchall ?? flower)?.actions !== undefined)
        .map((entry) => asFilter(entry, index, direction))
    );
  });
}

function asFilter(
  entry: TrafficMessage,
  index: number,
  direction: "ingress" | "egress",
): FilterEntry {
  const { actions = [], flags: _, ...match } = entry.flower ?? entry.matchall ?? {};
  const information = entry.info ?? 0;
  return {
    index,
    direction,
    preference: information >>> 16,
    protocol: swapped(information & 0xffff),
    kind: entry.kind ?? "",
    ...(entry.flower === undefined ? {} : { match }),
    actions: actions.flatMap(asAction),
    packets: actions[0]?.statistics?.basic?.packets ?? 0,
  };
}

function asAction(message: ActionMessage): readonly FilterAction[] {
  const { mirred: copy, gact, vlan } = message;
  if (copy?.parameters !== undefined) {
    const { direction, toIndex = 0 } = copy.parameters;
    const mirrors =
      direction === mirredDirection.egressMirror || direction === mirredDirection.ingressMirror;
    return [{ kind: mirrors ? "mirror" : "redirect", to: toIndex }];
  }
  if (vlan?.parameters !== undefined) {
    return vlan.parameters.operation === vlanOperation.push
      ? [{ kind: "vlan-push", vid: vlan.pushId ?? 0 }]
      : [{ kind: "vlan-pop" }];
  }
  return gact === undefined
    ? []
    : [{ kind: gact.parameters?.verdict === verdict.drop ? "drop" : "pass" }];
}
