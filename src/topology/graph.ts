import type { Host, PortVlans, Topology, Workload } from "./topology.ts";

export type GraphFormat = "mermaid" | "dot";

/** A topology as a picture to be: nodes, some of them inside a host, and edges. Plain data, for `--json`. */
export type TopologyGraph = {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
};

type GraphNode = {
  /** `hv1`, `hv1/vs0`, `hv1/bond0`, `web1`. */
  readonly id: string;
  readonly kind: "switch" | "router" | "host" | "bond" | "virtual-switch" | "workload";
  /** What is written in its box, line by line. */
  readonly lines: readonly string[];
  /** The host it is inside of. */
  readonly host?: string;
};

type GraphEdge = {
  readonly from: string;
  readonly to: string;
  readonly kind: "cable" | "uplink" | "attachment" | "mirror";
  readonly label: string;
};

export function topologyGraph(topology: Topology): TopologyGraph {
  const nodes: GraphNode[] = [
    ...topology.switches.map((device) => node(device.name, "switch", [device.name])),
    ...topology.routers.map((router) =>
      node(router.name, "router", [
        router.name,
        router.firewall === undefined ? "router" : "router, firewall",
      ]),
    ),
    ...topology.hosts.flatMap(hostNodes),
    ...topology.workloads.map(workloadNode),
  ];
  const edges: GraphEdge[] = [
    ...cables(topology),
    ...topology.hosts.flatMap(uplinks),
    ...topology.workloads.flatMap((workload) => attachments(topology, workload)),
    ...topology.hosts.flatMap(mirrors),
  ];
  return { name: topology.name, nodes, edges };
}

function node(
  id: string,
  kind: GraphNode["kind"],
  lines: readonly string[],
  host?: string,
): GraphNode {
  return { id, kind, lines, ...(host === undefined ? {} : { host }) };
}

function hostNodes(host: Host): readonly GraphNode[] {
  const cabled = host.nics.filter(
    (nic) => !host.bonds.some((bond) => bond.members.includes(nic.name)),
  );
  return [
    node(host.name, "host", [host.name]),
    ...host.bonds.map((bond) =>
      node(`${host.name}/${bond.name}`, "bond", [bond.name, bond.mode], host.name),
    ),
    ...cabled.map((nic) => node(`${host.name}/${nic.name}`, "bond", [nic.name], host.name)),
    ...host.switches.map((device) =>
      node(`${host.name}/${device.name}`, "virtual-switch", [device.name], host.name),
    ),
  ];
}

function workloadNode(workload: Workload): GraphNode {
  const addresses = workload.vnics.flatMap((vnic) => vnic.addresses.map((each) => each.address));
  return node(workload.name, "workload", [workload.name, ...addresses], workload.host);
}

function cables(topology: Topology): readonly GraphEdge[] {
  return topology.links.map(({ a, b }) => ({
    from: endId(topology, a.node, a.port),
    to: endId(topology, b.node, b.port),
    kind: "cable",
    label: [
      `${a.port} - ${b.port}`,
      carried(topology, a.node, a.port) ?? carried(topology, b.node, b.port),
    ]
      .filter((part) => part !== undefined)
      .join(": "),
  }));
}

function endId(topology: Topology, name: string, port: string): string {
  const host = topology.hosts.find((candidate) => candidate.name === name);
  if (host === undefined) return name;
  const bond = host.bonds.find((candidate) => candidate.members.includes(port));
  return `${name}/${bond?.name ?? port}`;
}

function carried(topology: Topology, name: string, port: string): string | undefined {
  const device = topology.switches.find((candidate) => candidate.name === name);
  const vlans = device?.ports.find((candidate) => candidate.name === port)?.vlans;
  return vlans === undefined ? undefined : vlansText(vlans);
}

function vlansText(vlans: PortVlans): string {
  const untagged = vlans.untagged === undefined ? [] : [`${vlans.untagged} untagged`];
  return [...vlans.tagged, ...untagged].join(", ") || "no VLAN";
}

function uplinks(host: Host): readonly GraphEdge[] {
  return host.switches.flatMap((device) =>
    device.uplink === undefined
      ? []
      : [
          {
            from: `${host.name}/${device.uplink}`,
            to: `${host.name}/${device.name}`,
            kind: "uplink" as const,
            label:
              device.uplinkVlans.mode === "access" ? "untagged" : vlansText(device.uplinkVlans),
          },
        ],
  );
}

function attachments(topology: Topology, workload: Workload): readonly GraphEdge[] {
  return workload.vnics.flatMap(({ name, attachment }) => {
    if (attachment === undefined || workload.host === undefined) return [];
    const host = topology.hosts.find((candidate) => candidate.name === workload.host);
    const device = host?.switches.find((candidate) => candidate.name === attachment.switch);
    const group = device?.portGroups.find((candidate) => candidate.name === attachment.portGroup);
    const segment = group?.vlan === undefined ? group?.overlay : `VLAN ${group.vlan}`;
    const label = `${name}: ${attachment.portGroup}${segment === undefined ? "" : ` (${segment})`}`;
    const from = `${workload.host}/${attachment.switch}`;
    return [{ from, to: workload.name, kind: "attachment" as const, label }];
  });
}

function mirrors(host: Host): readonly GraphEdge[] {
  return host.switches.flatMap((device) =>
    device.mirrors.flatMap((mirror) =>
      mirror.sources.map((source) => ({
        from: source.node,
        to: mirror.destination.node,
        kind: "mirror" as const,
        label: `${mirror.name} (${mirror.directions})`,
      })),
    ),
  );
}

/** The graph as text for a Mermaid or Graphviz renderer. */
export function renderGraph(graph: TopologyGraph, format: GraphFormat): string {
  const ids = new Map(graph.nodes.map((each, index) => [each.id, `n${index}`]));
  return format === "mermaid" ? mermaid(graph, ids) : dot(graph, ids);
}

type Ids = ReadonlyMap<string, string>;

function insideOf(graph: TopologyGraph, host: string): readonly GraphNode[] {
  return graph.nodes.filter((each) => each.host === host);
}

function mermaid(graph: TopologyGraph, ids: Ids): string {
  const box = (each: GraphNode): string => `${ids.get(each.id)}["${each.lines.join("<br/>")}"]`;
  const lines = ["flowchart TB"];
  for (const each of graph.nodes) {
    if (each.host !== undefined) continue;
    if (each.kind !== "host") {
      lines.push(`  ${box(each)}`);
      continue;
    }
    const inside = insideOf(graph, each.id).map((inner) => `    ${box(inner)}`);
    lines.push(`  subgraph ${ids.get(each.id)}["${each.id}"]`, ...inside, "  end");
  }
  for (const edge of graph.edges) {
    const arrow = edge.kind === "mirror" ? "-.->" : "---";
    lines.push(`  ${ids.get(edge.from)} ${arrow}|"${edge.label}"| ${ids.get(edge.to)}`);
  }
  return `${lines.join("\n")}\n`;
}

function dot(graph: TopologyGraph, ids: Ids): string {
  const box = (each: GraphNode): string =>
    `${ids.get(each.id)} [label="${each.lines.join("\\n")}"];`;
  const lines = [`graph "${graph.name}" {`, "  node [shape=box];"];
  for (const each of graph.nodes) {
    if (each.host !== undefined) continue;
    if (each.kind !== "host") {
      lines.push(`  ${box(each)}`);
      continue;
    }
    const inside = insideOf(graph, each.id).map((inner) => `    ${box(inner)}`);
    lines.push(
      `  subgraph cluster_${ids.get(each.id)} {`,
      `    label="${each.id}";`,
      ...inside,
      "  }",
    );
  }
  for (const edge of graph.edges) {
    const style = edge.kind === "mirror" ? ", style=dashed, dir=forward" : "";
    lines.push(`  ${ids.get(edge.from)} -- ${ids.get(edge.to)} [label="${edge.label}"${style}];`);
  }
  return `${lines.join("\n")}\n}\n`;
}
