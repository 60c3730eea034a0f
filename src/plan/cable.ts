import type { Topology } from "../topology/topology.ts";
import { linkBase, macOf } from "./build.ts";
import { realiseImpairment } from "./impairment.ts";
import { type Part, port } from "./names.ts";
import type { LabObject, LinkObject } from "./object.ts";
import { wireNumbers } from "./placement.ts";

/** One end of a cable as its node wants it. */
export type CableEnd = {
  readonly node: string;
  readonly part: Part;
  /** Absent: one is derived. */
  readonly mac?: string;
  /** Absent: that of the cable. */
  readonly mtu?: number;
  /** Kernel name of the bridge or bond it belongs to. */
  readonly master?: string;
};

/** A cable within a node's own hardware, such as between a vNIC and its host, which no link of the topology names. */
export type InnerCable = { readonly a: CableEnd; readonly b: CableEnd };

/**
 * Every cable of the topology as a pair of veth devices, or of NICs where it leads to another machine. An end that no cable is plugged into gets one whose far end lies
 * down beside it, so that the port is there and has no carrier.
 */
export function realiseCables(
  topology: Topology,
  ends: readonly CableEnd[],
  inner: readonly InnerCable[],
): readonly LabObject[] {
  const byEndpoint = new Map(ends.map((end) => [endKey(end.node, end.part), end]));
  const cabled = new Set<CableEnd>();
  const objects: LabObject[] = [];
  const wires = wireNumbers(topology);
  for (const link of topology.links) {
    const { a, b, mtu, impairment } = link;
    const pair = [a, b].map((each) => byEndpoint.get(endKey(each.node, port(each.port))));
    const [left, right] = pair;
    if (left === undefined || right === undefined) {
      throw new Error(`cable ${a.node}:${a.port} - ${b.node}:${b.port} ends nowhere`);
    }
    cabled.add(left).add(right);
    const wire = wires.get(link);
    objects.push(
      ...(wire === undefined
        ? realisePair(topology, left, right, mtu)
        : [left, right].map((end) => realiseWireEnd(topology, end, wire, mtu))),
    );
    if (impairment !== undefined) {
      objects.push(realiseImpairment(topology, left, impairment));
      objects.push(realiseImpairment(topology, right, impairment));
    }
  }
  for (const { a, b } of inner) objects.push(...realisePair(topology, a, b, 1500));
  for (const end of ends) {
    if (!cabled.has(end)) objects.push(...looseEnd(topology, end));
  }
  return objects;
}

function endKey(node: string, part: Part): string {
  return JSON.stringify([node, part]);
}

function realisePair(
  topology: Topology,
  a: CableEnd,
  b: CableEnd,
  mtu: number,
): readonly LinkObject[] {
  return [realiseEnd(topology, a, b, mtu, true), realiseEnd(topology, b, a, mtu, true)];
}

function looseEnd(topology: Topology, end: CableEnd): readonly LinkObject[] {
  if (end.part.kind !== "port") return [];
  const loose: CableEnd = { node: end.node, part: { kind: "loose-end", port: end.part.port } };
  return [
    realiseEnd(topology, end, loose, 1500, true),
    realiseEnd(topology, loose, end, 1500, false),
  ];
}

function realiseEnd(
  topology: Topology,
  end: CableEnd,
  other: CableEnd,
  mtu: number,
  up: boolean,
): LinkObject {
  const { namespace, name } = linkBase(topology, other.node, other.part);
  return { ...commonOf(topology, end, mtu), type: "veth", peer: { namespace, name }, up };
}

function realiseWireEnd(topology: Topology, end: CableEnd, wire: number, mtu: number): LinkObject {
  return { ...commonOf(topology, end, mtu), type: "wire", wire, up: true };
}

function commonOf(
  topology: Topology,
  end: CableEnd,
  mtu: number,
): ReturnType<typeof linkBase> & Pick<LinkObject, "mac" | "mtu" | "master"> {
  return {
    ...linkBase(topology, end.node, end.part),
    mac: end.mac ?? macOf(topology, end.node, end.part),
    mtu: end.mtu ?? mtu,
    ...(end.master === undefined ? {} : { master: end.master }),
  };
}
