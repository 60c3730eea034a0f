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
  [sent(probe("icmp", "10.0.0.2"), 258), "frame contains d3:1a:b0:f5:9e:6c:4d:27:00:00:01:02"],
  [sent(probe("arp", "10.0.0.9"), 1), "arp.dst.proto_ipv4 == 10.0.0.9"],
  [sent(probe("arp", "fd00::9"), 1), "icmpv6.nd.ns.target_address == fd00::9"],
  [
    sent(probe("tcp", "10.0.0.2", 443), 1, { sourcePort: 4000 }),
    "ip.addr == 10.0.0.2 && tcp.port == 443 && tcp.port in {4000}",
  ],
  [sent(probe("tcp", "fd00::2", 443), 1), "ipv6.addr == fd00::2 && tcp.port == 443"],
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
  expect(filter).toContain("vlan.id == 20");
});
