import {
  type InterfaceAddress,
  type IpAddress,
  ipAddress,
  ipVersion,
  type Prefix,
  prefix,
} from "../../units/ip.ts";
import type { Path } from "../diagnostic.ts";
import { suggestion } from "../did-you-mean.ts";
import { indexed } from "../source/indexed.ts";
import type { Route } from "../topology.ts";
import type { WrittenRoute, WrittenWorkload } from "../written.ts";
import { onLink } from "./addresses.ts";
import { type Context, parsed } from "./context.ts";
import { isList } from "./node-index.ts";
import type { Segments } from "./segments.ts";

export const defaultRoute: Readonly<Record<4 | 6, Prefix>> = {
  4: prefix("0.0.0.0/0"),
  6: prefix("::/0"),
};

/** Static routes as written. `own`: the addresses of the node, one of whose networks has to hold the next hop. */
export function resolveRoutes(
  context: Context,
  path: Path,
  written: readonly WrittenRoute[] | undefined,
  own: readonly InterfaceAddress[],
  segments: Segments,
): readonly Route[] {
  return indexed(written ?? []).flatMap(([index, form]) => {
    const at = [...path, "routes", index];
    const via = nextHop(context, [...at, "via"], form.via, own);
    if (via === undefined) return [];
    const destination = destinationOf(context, [...at, "to"], form.to, via, segments);
    return destination === undefined ? [] : [{ destination, via }];
  });
}

function nextHop(
  context: Context,
  path: Path,
  text: string,
  own: readonly InterfaceAddress[],
): IpAddress | undefined {
  const address = parsed(context, path, () => ipAddress(text));
  if (address === undefined) return undefined;
  if (own.some((each) => each.address === address)) {
    context.report(path, `${text} is this node's own address; name the next hop`);
    return undefined;
  }
  if (onLink(own, address)) return address;
  const networks = own.map((each) => `${each.address}/${each.prefixLength}`).join(", ") || "none";
  context.report(
    path,
    `${text} is in no network of this node (its addresses: ${networks}); the next hop must be`,
  );
  return undefined;
}

function destinationOf(
  context: Context,
  path: Path,
  text: string,
  via: IpAddress,
  segments: Segments,
): Prefix | undefined {
  const family = ipVersion(via);
  if (text === "default") return defaultRoute[family];
  const segment = segments.vlans.get(text) ?? segments.overlays.get(text);
  if (segment !== undefined) {
    const own = segment[family === 4 ? "ipv4" : "ipv6"];
    if (own === undefined)
      context.report(path, `${text} has no IPv${family} prefix, and ${via} is IPv${family}`);
    return own;
  }
  if (!/[.:/]/.test(text)) {
    const known = ["default", ...segments.vlans.keys(), ...segments.overlays.keys()];
    if (!context.lost.has(text))
      context.report(path, `unknown VLAN or overlay "${text}"; ${suggestion(text, known)}`);
    return undefined;
  }
  const value = parsed(context, path, () => prefix(text));
  if (value !== undefined && ipVersion(value) !== family) {
    context.report(path, `${text} and its next hop ${via} are of different families`);
    return undefined;
  }
  return value;
}

/** Default routes through the gateways that are written. */
export function resolveGateways(
  context: Context,
  path: Path,
  gateway: NonNullable<WrittenWorkload["gateway"]>,
  own: readonly InterfaceAddress[],
): readonly Route[] {
  if (gateway === "none") return [];
  const at = [...path, "gateway"];
  const list: readonly (readonly [Path, string])[] = isList(gateway)
    ? indexed(gateway).map(([index, text]) => [[...at, index], text])
    : [[at, gateway]];
  const routes: Route[] = [];
  for (const [entryPath, text] of list) {
    const via = nextHop(context, entryPath, text, own);
    if (via === undefined) continue;
    const destination = defaultRoute[ipVersion(via)];
    if (routes.some((route) => route.destination === destination)) {
      context.report(entryPath, `a second IPv${ipVersion(via)} gateway; give one of each family`);
    } else {
      routes.push({ destination, via });
    }
  }
  return routes;
}
