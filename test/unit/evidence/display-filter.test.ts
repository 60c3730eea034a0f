import { expect, test } from "vitest";
import { displayFilter, probeFilter } from "../../../src/evidence/display-filter.ts";
import type { ConnectionProbe, Expectation, Point, ProbeId } from "../../../src/trial/trial.ts";
import { ipAddress } from "../../../src/units/ip.ts";
import { sent } from "./run.ts";

function probe(kind: ConnectionProbe["kind"], to: string, port?: number): ConnectionProbe {
  const base = { kind, id: "x" as ProbeId, from: "a:eth0" as Point, to: ipAddress(to), count: 1 };
  return port === undefined ? base : { ...base, port };
}

test.each([
  [
    sent(probe("icmp", "10.0.0.2"), 258),
    "icmp.type#1 == 8 && frame contains d3:1a:b0:f5:9e:6c:4d:27:00:00:01:02",
  ],
  [sent(probe("arp", "10.0.0.9"), 1), "arp.opcode != 2 && arp.dst.proto_ipv4 == 10.0.0.9"],
  [sent(probe("arp", "fd00::9"), 1), "icmpv6.nd.ns.target_address == fd00::9"],
  [
    sent(probe("tcp", "10.0.0.2", 443), 1, { sourcePort: 4000 }),
    "tcp.dstport == 443 && tcp.srcport in {4000}",
  ],
  [sent(probe("tcp", "fd00::2", 443), 1), "tcp.dstport == 443"],
])("filter %#", (one, filter) => {
  expect(probeFilter(one)).toBe(filter);
});

test("an expectation's filter names its point, direction and tags", () => {
  const expectation: Expectation = {
    subject: "s",
    probe: "x" as ProbeId,
    at: "hv1:p0" as Point,
    direction: "in",
    frames: { kind: "none" },
    outermostVlan: 20,
    remediation: "",
  };
  const filter = displayFilter(sent(probe("icmp", "10.0.0.2"), 1), expectation);
  expect(filter).toContain('frame.interface_name == "hv1:p0" && frame.packet_flags_direction == 1');
  expect(filter).toContain("vlan.id#1 == 20");
});

test("the answers to a probe have a filter of their own", () => {
  const echo = sent(probe("icmp", "fd00::2"), 258);
  expect(probeFilter(echo, "reply")).toMatch(/^icmpv6\.type#1 == 129 && frame contains /);
  const asked = sent(probe("arp", "10.0.0.9"), 1);
  expect(probeFilter(asked, "reply")).toBe("arp.opcode == 2 && arp.src.proto_ipv4 == 10.0.0.9");
});

test("a TCP probe is known by its sequence numbers, also where they begin again", () => {
  const attempt = sent(probe("tcp", "10.0.0.2", 443), 1, { sourcePort: 4000 });
  expect(probeFilter(attempt, "request", [1000])).toBe(
    "tcp.dstport == 443 && tcp.seq_raw in {1000..1018}",
  );
  expect(probeFilter(attempt, "reply", [4_294_967_290])).toBe(
    "tcp.srcport == 443 && tcp.ack_raw in {4294967290..4294967295, 0..12}",
  );
});
