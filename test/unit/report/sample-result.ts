import type { Finding, Outcome } from "../../../src/score/finding.ts";
import type { Result } from "../../../src/score/result.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

export function finding(subject: string, outcome: Outcome, more: Partial<Finding> = {}): Finding {
  return {
    subject,
    outcome,
    expected: "VLANs 10, 20",
    observed: outcome === "pass" ? "VLANs 10, 20" : "VLANs 10, 20, 66",
    evidence: [],
    ...more,
  };
}

const surplus: Finding = finding("tor1:hv2", "fail", {
  remediation: "Remove VLAN 66 from the allowed list of port hv2 of tor1.",
  control: {
    outcome: "pass",
    evidence: [{ recording: "points/tor1.pcapng", sha256: digest, point: "tor1:hv2", frames: [9] }],
  },
  evidence: [
    { recording: "points/hv2.pcapng", sha256: digest, point: "hv2:p0", frames: [57, 12, 13, 14] },
    { facts: "facts/tor1.json", sha256: digest, pointer: "/vlans/3" },
  ],
  filter: "vlan.id == 66 && frame contains 4c:41:42",
  path: "tor1.test:eth0 > tor1:test > tor1:hv2 > hv2:p0",
});

/** One of everything: each outcome, an advisory failure, waivers that hold, are expired and match nothing. */
export const sample: Result = {
  schemaVersion: 1,
  toolVersion: "0.1.0",
  lab: "three-tier",
  topologyDigest: digest,
  machines: [{ name: "guest1", kind: "qemu", kernel: "Linux 6.1.0-40-amd64" }],
  startedAt: "2026-03-04T05:06:07.000Z",
  score: 0.8333,
  advisoryScore: 0,
  coverage: { assessed: 3, applicable: 5, total: 13 },
  recommendations: [
    {
      id: "VM-VN-R1",
      level: "required",
      outcome: "fail",
      score: 2 / 3,
      reason: "1 of 3 ports carries a VLAN that no vNIC there needs",
      findings: [finding("tor1:hv1", "pass"), finding("tor2:hv1", "pass"), surplus],
      observations: [
        {
          subject: "tor1:hv1",
          observed: "a frame of EtherType 0x9100 crosses as if it had no tag",
          evidence: [],
        },
      ],
    },
    {
      id: "VM-MP-R1",
      level: "advisory",
      outcome: "fail",
      score: 0,
      reason: "both NICs of bond0 have one driver",
      findings: [
        finding("hv1:bond0", "fail", {
          expected: "different drivers",
          observed: "virtio_net twice",
        }),
      ],
      observations: [],
    },
    {
      id: "VM-MP-R3",
      level: "required",
      outcome: "inconclusive",
      score: 1,
      reason: "the sender stood still for longer than the limit in one of two rounds",
      findings: [
        finding("hv1:bond0 after tor1 fails", "pass"),
        finding("hv1:bond0 after tor2 fails", "inconclusive", {
          expected: "the stream resumes within 1000 ms",
          observed: "the sender's own longest gap is 1210 ms",
        }),
      ],
      observations: [],
    },
    {
      id: "VM-TM-R1",
      level: "required",
      outcome: "error",
      score: null,
      reason: "the recorder at ids1:eth0 ended early",
      findings: [],
      observations: [],
    },
    {
      id: "VM-FW-R2",
      level: "required",
      outcome: "not-applicable",
      score: null,
      reason: "no workload is marked io-intensive",
      findings: [],
      observations: [],
    },
  ],
  reachability: {
    outcome: "fail",
    score: 0.5,
    reason: "2 of 4 findings fail: web1:eth0 -> db1:eth0 tcp/5432: connected",
    observations: [],
    findings: [
      finding("web1:eth0 -> app1:eth0 tcp/8080", "pass", { expected: "allowed" }),
      finding("web1:eth0 -> db1:eth0 tcp/5432", "fail", {
        expected: "forbidden: no frame arrives",
        observed: "connected",
      }),
      finding("web2:eth0 -> db1:eth0 tcp/5432", "fail", {
        expected: "forbidden: no frame arrives",
        observed: "connected",
        waived: { reason: "migration until the summer", expires: "2026-06-30" },
      }),
      finding("app1:eth0 -> db1:eth0 tcp/5432", "pass", { expected: "allowed" }),
    ],
  },
  notTried: [
    { id: "VM-VN-R2", reason: "this version has no check for it" },
    { id: "VM-VN-R3", reason: "this version has no check for it" },
    { id: "VM-TM-R2", reason: "not selected" },
  ],
  unexpected: [{ id: "VM-VN-R1", expected: "pass", outcome: "fail" }],
  waivers: [
    {
      recommendation: "reachability",
      subject: "web2:eth0 -> db1:eth0 tcp/5432",
      reason: "migration until the summer",
      expires: "2026-06-30",
      state: "active",
    },
    {
      recommendation: "VM-VN-R1",
      subject: "tor1:hv2",
      reason: "VLAN 66 is being moved",
      expires: "2026-03-03",
      state: "expired",
    },
    {
      recommendation: "VM-TM-R1",
      subject: "*",
      reason: "kept for the audit",
      expires: "2026-12-31",
      state: "unused",
    },
  ],
};
