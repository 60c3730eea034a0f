import fc from "fast-check";
import type { LabObject } from "../../src/plan/object.ts";

/** Random small networks of kernel objects, complete enough that reading them back gives the same. */
type Cable = {
  readonly from: number;
  readonly to: number;
  readonly switched: boolean;
  readonly addressed: boolean;
  readonly up: boolean;
  readonly mtu: number;
};

type Picture = {
  readonly nodes: number;
  readonly cables: readonly Cable[];
  readonly overlays: readonly number[];
  readonly ruled: readonly number[];
  readonly routed: boolean;
  readonly forwarding: readonly boolean[];
  readonly services: readonly number[];
};

const node = fc.nat(3);

const picture: fc.Arbitrary<Picture> = fc.record({
  nodes: fc.integer({ min: 1, max: 4 }),
  cables: fc.array(
    fc.record({
      from: node,
      to: node,
      switched: fc.boolean(),
      addressed: fc.boolean(),
      up: fc.boolean(),
      mtu: fc.constantFrom(1400, 1500, 9000),
    }),
    { maxLength: 6 },
  ),
  overlays: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 2 }),
  ruled: fc.uniqueArray(node, { maxLength: 3 }),
  routed: fc.boolean(),
  forwarding: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  services: fc.uniqueArray(node, { maxLength: 3 }),
});

/** Networks whose namespaces begin with `prefix`. */
export function networks(prefix: string): fc.Arbitrary<readonly LabObject[]> {
  return picture.map((drawn) => objectsOf(prefix, drawn));
}

function objectsOf(prefix: string, drawn: Picture): readonly LabObject[] {
  const names = Array.from({ length: drawn.nodes }, (_, index) => `${prefix}${index}`);
  const at = (index: number): string => names[index % names.length] ?? "";
  return [
    ...names.flatMap((namespace, index) =>
      nodeObjects(namespace, drawn.forwarding[index] === true),
    ),
    ...drawn.cables.flatMap((cable, index) => cableObjects(cable, index, at, drawn.routed)),
    ...drawn.overlays.flatMap((vni) => overlayObjects(at(vni), vni)),
    ...unique(drawn.ruled.map(at)).map((namespace) => rules(namespace, drawn.ruled.length)),
    ...unique(drawn.services.map(at)).map((namespace): LabObject => {
      return { kind: "service", namespace, protocol: "tcp", port: 7000 + drawn.services.length };
    }),
  ];
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

function nodeObjects(namespace: string, forwards: boolean): readonly LabObject[] {
  return [
    { kind: "namespace", namespace, node: namespace },
    { kind: "sysctl", namespace, key: "net/ipv4/ip_forward", value: forwards ? "1" : "0" },
    { kind: "sysctl", namespace, key: "net/ipv6/conf/default/disable_ipv6", value: "1" },
    { kind: "link", namespace, name: "lo", type: "loopback", up: true, altnames: [] },
    {
      ...{ kind: "link", namespace, name: "br0", type: "bridge", up: true, mtu: 1500 },
      mac: "02:00:00:00:0b:01",
      altnames: [`o-${namespace}`],
      bridge: { vlanFiltering: false, stp: false, priority: 32_768, forwardDelay: 2000 },
    },
  ];
}

function cableObjects(
  cable: Cable,
  index: number,
  at: (index: number) => string,
  routed: boolean,
): readonly LabObject[] {
  const ends = [
    { namespace: at(cable.from), name: `v${index}a` },
    { namespace: at(cable.to), name: `v${index}b` },
  ] as const;
  return ends.flatMap((end, side): readonly LabObject[] => {
    const peer = ends[1 - side] ?? ends[0];
    const isPort = cable.switched && side === 0;
    const master = isPort ? { master: "br0" } : {};
    const link: LabObject = {
      ...{ kind: "link", ...end, type: "veth", peer, up: cable.up, mtu: cable.mtu, ...master },
      altnames: [`${end.name}-long-name-for-people`],
    };
    const port: LabObject = {
      ...{ kind: "bridge-port", ...end, self: false, learning: index % 2 === 0 },
      ...{ groupForwardMask: 0, vlans: [] },
    };
    const isNumbered = cable.addressed && !isPort;
    const address = `10.${index}.${side}.1/24`;
    const gateway = `10.${index}.${side}.254`;
    const destination = `172.16.${index * 2 + side}.0/24`;
    return [
      link,
      ...(isPort ? [port] : []),
      ...(isNumbered
        ? [{ kind: "address", namespace: end.namespace, link: end.name, address } as const]
        : []),
      ...(isNumbered && routed && cable.up
        ? [{ kind: "route", namespace: end.namespace, destination, via: gateway } as const]
        : []),
    ];
  });
}

function overlayObjects(namespace: string, vni: number): readonly LabObject[] {
  const name = `vx${vni}`;
  return [
    {
      ...{ kind: "link", namespace, name, type: "vxlan", up: true, altnames: [], mtu: 1450 },
      vxlan: { vni, local: "192.0.2.1", port: 4789 },
    },
    {
      kind: "forwarding",
      namespace,
      link: name,
      mac: "00:00:00:00:00:00",
      destination: "192.0.2.9",
    },
  ];
}

function rules(namespace: string, port: number): LabObject {
  const body = `chain input { type filter hook input priority 0; policy accept; tcp dport ${port} drop; }`;
  return { kind: "ruleset", namespace, family: "inet", table: "lab", body };
}
