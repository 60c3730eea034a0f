import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderGraph, type TopologyGraph, topologyGraph } from "../../../src/topology/graph.ts";
import { parseTopology } from "../../../src/topology/parse.ts";

const file = join(import.meta.dirname, "../../../topologies/three-tier.yml");

function graph(): TopologyGraph {
  const result = parseTopology(readFileSync(file, "utf8"), file);
  if (!("topology" in result)) throw new Error("three-tier.yml is refused");
  return topologyGraph(result.topology);
}

describe("the graph of a topology", () => {
  test("every edge ends at nodes that are there", () => {
    const { nodes, edges } = graph();
    const ids = new Set(nodes.map((node) => node.id));
    expect(ids.size).toBe(nodes.length);
    for (const edge of edges) expect([ids.has(edge.from), ids.has(edge.to)]).toEqual([true, true]);
  });

  test("cables name their ports and what they carry", () => {
    expect(graph().edges).toContainEqual({
      from: "tor1",
      to: "hv1/bond0",
      kind: "cable",
      label: "hv1 - p0: 5, 10, 20",
    });
  });

  test("mirrors point at the analyzer", () => {
    const mirrors = graph().edges.filter((edge) => edge.kind === "mirror");
    expect(mirrors.map(({ from, to }) => `${from} ${to}`)).toEqual([
      "web1 ids1",
      "app1 ids1",
      "db1 ids2",
    ]);
  });

  test("Mermaid: hosts are boxes around what is in them", () => {
    const text = renderGraph(graph(), "mermaid");
    expect(text).toMatch(/^flowchart TB\n/);
    expect(text.match(/subgraph/g)).toHaveLength(2);
    expect(text).toMatch(/n\d+ -\.->\|"tiers \(both\)"\| n\d+/);
  });

  test("Graphviz: one cluster for each host, braces in balance", () => {
    const text = renderGraph(graph(), "dot");
    expect(text.match(/subgraph cluster_/g)).toHaveLength(2);
    expect(text.split("{")).toHaveLength(text.split("}").length);
  });
});
