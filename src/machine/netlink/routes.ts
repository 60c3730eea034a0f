import type { Shape } from "./attribute-table.ts";
import { decode } from "./decode.ts";
import { type NetlinkRequest, netlinkRequest, requestFlags } from "./request.ts";
import type { NetlinkSocket } from "./socket.ts";

const messageType = { create: 24, remove: 25, get: 26 } as const;
const mainTable = 254;
const staticProtocol = 4;
const scope = { universe: 0, link: 253, nowhere: 255 } as const;
const kinds = [
  "unspec",
  "unicast",
  "local",
  "broadcast",
  "anycast",
  "multicast",
  "blackhole",
  "unreachable",
  "prohibit",
  "throw",
] as const;

type RouteMessage = {
  readonly family?: number;
  readonly destinationLength?: number;
  readonly sourceLength?: number;
  readonly tos?: number;
  readonly shortTable?: number;
  readonly protocol?: number;
  readonly scope?: number;
  readonly kind?: number;
  readonly flags?: number;
  readonly destination?: string;
  readonly outIndex?: number;
  readonly gateway?: string;
  readonly priority?: number;
  readonly preferredSource?: string;
  readonly table?: number;
};

/** `struct rtmsg` and RTA_*. */
export const routeShape: Shape<RouteMessage> = {
  header: [
    ["family", "u8"],
    ["destinationLength", "u8"],
    ["sourceLength", "u8"],
    ["tos", "u8"],
    ["shortTable", "u8"],
    ["protocol", "u8"],
    ["scope", "u8"],
    ["kind", "u8"],
    ["flags", "u32"],
  ],
  attributes: {
    destination: [1, "ip"],
    outIndex: [4, "u32"],
    gateway: [5, "ip"],
    priority: [6, "u32"],
    preferredSource: [7, "ip"],
    table: [15, "u32"],
  },
};

/** A route. `destination` is `address/length`; `0.0.0.0/0` or `::/0` is the default route. */
export type Route = {
  readonly destination: string;
  readonly via?: string;
  /** Interface index. */
  readonly index?: number;
  readonly metric?: number;
  /** Routing table, 254 (main) unless given. */
  readonly table?: number;
  readonly kind?: "unicast" | "blackhole" | "unreachable" | "prohibit";
};

/** A route as the kernel has it. */
export type RouteEntry = Omit<Route, "kind" | "table"> & {
  readonly family: "inet" | "inet6";
  readonly table: number;
  readonly kind: (typeof kinds)[number];
  /** Who made it: 2 the kernel, 3 boot, 4 static, 9 a router advertisement, ... (RTPROT_*). */
  readonly protocol: number;
};

/** Adds a route, or replaces the one with the same destination, table and metric. */
export function addRoute(route: Route): NetlinkRequest {
  const flags = requestFlags.create | requestFlags.replace;
  return netlinkRequest(messageType.create, flags, routeShape, message(route), label("add", route));
}

export function deleteRoute(route: Route): NetlinkRequest {
  const value = { ...message(route), scope: scope.nowhere, protocol: 0 };
  return netlinkRequest(messageType.remove, 0, routeShape, value, label("delete", route));
}

function label(verb: string, { destination, via }: Route): string {
  return `${verb} route to ${destination}${via === undefined ? "" : ` via ${via}`}`;
}

function message(route: Route): RouteMessage {
  const [address = "", length = ""] = route.destination.split("/");
  const destinationLength = Number(length);
  return {
    family: address.includes(":") ? 10 : 2,
    destinationLength,
    protocol: staticProtocol,
    scope: route.via === undefined && !address.includes(":") ? scope.link : scope.universe,
    kind: kinds.indexOf(route.kind ?? "unicast"),
    table: route.table ?? mainTable,
    ...(destinationLength === 0 ? {} : { destination: address }),
    ...(route.via === undefined ? {} : { gateway: route.via }),
    ...(route.index === undefined ? {} : { outIndex: route.index }),
    ...(route.metric === undefined ? {} : { priority: route.metric }),
  };
}

/** All routes of the socket's namespace, all tables (255 holds the kernel's own local ones). */
export function readRoutes(socket: NetlinkSocket): readonly RouteEntry[] {
  const request = netlinkRequest(messageType.get, 0, routeShape, {}, "list routes");
  return socket.dump(request).map((payload) => asRoute(decode(routeShape, payload)));
}

function asRoute(entry: RouteMessage): RouteEntry {
  const inet6 = entry.family === 10;
  const address = entry.destination ?? (inet6 ? "::" : "0.0.0.0");
  return {
    family: inet6 ? "inet6" : "inet",
    destination: `${address}/${entry.destinationLength ?? 0}`,
    table: entry.table ?? entry.shortTable ?? mainTable,
    kind: kinds[entry.kind ?? 0] ?? "unspec",
    protocol: entry.protocol ?? 0,
    ...(entry.gateway === undefined ? {} : { via: entry.gateway }),
    ...(entry.outIndex === undefined ? {} : { index: entry.outIndex }),
    ...(entry.priority === undefined ? {} : { metric: entry.priority }),
  };
}
