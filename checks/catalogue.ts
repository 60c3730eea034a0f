import type { CatalogueEntry } from "../src/score/catalogue.ts";

/** The secondary source that calls the segmentation group VM-NS; the publication of March 2016 could not be read. */
function unverified(id: string): CatalogueEntry["aliases"] {
  return [{ id, verified: false }];
}

/** PCI DSS v4: penetration tests of segmentation, by everybody (11.4.5) and by service providers (11.4.6). */
const segmentationTests = ["11.4.5", "11.4.6"] as const;

/** All recommendations of SP 800-125B (draft of 2015-09-28), in its order; wording shortened. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    id: "VM-VN-R1",
    title: "The physical switch's ports reflect the VLAN profile of the connected host",
    section: "2.6",
    level: "required",
    condition: "VLANs reach a virtualized host",
    remediation:
      "Make each port's allowed list equal to the VLANs that the connected host needs, without a native VLAN.",
    aliases: unverified("VM-NS-R1"),
    mapping: {
      sp800_53r5: ["SC-7", "SC-7(21)", "AC-4", "CM-6"],
      supporting: ["CM-2", "CM-7", "CA-9", "IA-3"],
      pciDss4: segmentationTests,
    },
  },
  {
    id: "VM-VN-R2",
    title: "Large networks with many segments use overlay-based virtual networking",
    section: "2.6",
    level: "required",
    condition: "hundreds of hosts, thousands of VMs, many segments",
    remediation:
      "Use VXLAN or another overlay, so that segments do not depend on the physical network.",
    aliases: unverified("VM-NS-R2"),
    mapping: {
      sp800_53r5: ["SC-7(21)", "AC-4"],
      supporting: ["SC-32", "SC-7(20)", "SC-7(22)"],
      pciDss4: segmentationTests,
    },
  },
  {
    id: "VM-VN-R3",
    title: "Large overlays are configured by SDN controllers with standard protocols",
    section: "2.6",
    level: "required",
    condition: "a large overlay deployment",
    remediation:
      "Distribute forwarding entries by a centralized or federated controller, not by flooding.",
    aliases: unverified("VM-NS-R3"),
    mapping: {
      sp800_53r5: ["CM-6", "AC-4", "SC-5"],
      supporting: ["CA-9", "SC-7(13)", "SC-23"],
      pciDss4: segmentationTests,
    },
  },
  {
    id: "VM-MP-R1",
    title: "NICs of a team use different drivers",
    section: "3.3",
    level: "advisory",
    condition: "a host has a NIC team",
    remediation: "Put NICs of different models into a team.",
    aliases: [],
    mapping: {
      sp800_53r5: ["SC-5", "SC-5(2)", "CP-10"],
      supporting: ["SC-24", "SI-13", "SC-36"],
      pciDss4: [],
    },
  },
  {
    id: "VM-MP-R2",
    title: "NICs of a team sit on separate PCI buses",
    section: "3.3",
    level: "required",
    condition: "a host with several PCI buses has a NIC team",
    remediation: "Place the NICs of a team below different PCI root ports.",
    aliases: [],
    mapping: {
      sp800_53r5: ["SC-5", "SC-5(2)", "CP-10"],
      supporting: ["SC-24", "SI-13", "SC-36"],
      pciDss4: [],
    },
  },
  {
    id: "VM-MP-R3",
    title: "Members of a NIC team connect to different physical switches",
    section: "3.3",
    level: "required",
    condition: "a host has a NIC team",
    remediation:
      "Connect each member to its own physical switch, and detect failures that leave carrier up.",
    aliases: [],
    mapping: {
      sp800_53r5: ["SC-5", "SC-5(2)", "CP-10"],
      supporting: ["SC-24", "SI-13", "SC-36"],
      pciDss4: [],
    },
  },
  {
    id: "VM-FW-R1",
    title: "Virtual, not physical, firewalls control delay-sensitive applications",
    section: "4.4",
    level: "required",
    condition: "workloads run delay-sensitive applications",
    remediation:
      "Filter inside the virtualized host, so that packets do not leave it and come back.",
    aliases: [],
    mapping: { sp800_53r5: ["SC-7", "SC-5"], supporting: ["CM-2"], pciDss4: segmentationTests },
  },
  {
    id: "VM-FW-R2",
    title: "Kernel-based, not subnet-level, virtual firewalls serve I/O-intensive applications",
    section: "4.4",
    level: "required",
    condition: "workloads run I/O-intensive applications",
    remediation: "Filter in the hypervisor's kernel at the vNIC instead of in a firewall VM.",
    aliases: [],
    mapping: {
      sp800_53r5: ["SC-7", "SC-7(21)", "AC-4"],
      supporting: ["SC-3", "SC-39"],
      pciDss4: segmentationTests,
    },
  },
  {
    id: "VM-FW-R3",
    title: "Firewalls are provisioned through the virtualization management platform",
    section: "4.4",
    level: "advisory",
    condition: "several virtual firewalls",
    remediation: "Provision uniform rules to all firewall instances from one place.",
    aliases: [],
    mapping: {
      sp800_53r5: ["CM-6", "CM-2", "AC-4"],
      supporting: ["SC-7(4)", "CA-7"],
      pciDss4: segmentationTests,
    },
  },
  {
    id: "VM-FW-R4",
    title: "Firewall rules can use abstractions such as security groups",
    section: "4.4",
    level: "advisory",
    condition: "virtual firewalls",
    remediation: "Write rules for groups, so that they follow a workload whose address changes.",
    aliases: [],
    mapping: { sp800_53r5: ["AC-4", "SC-7(5)"], supporting: ["AC-16"], pciDss4: segmentationTests },
  },
  {
    id: "VM-TM-R1",
    title: "Monitoring of a VM covers incoming and outgoing traffic",
    section: "5.3",
    level: "required",
    condition: "workloads are monitored",
    remediation: "Mirror both directions of every monitored port, each frame once.",
    aliases: [],
    mapping: { sp800_53r5: ["SI-4", "SI-4(4)"], supporting: ["AU-12", "SI-4(2)"], pciDss4: [] },
  },
  {
    id: "VM-TM-R2",
    title: "Promiscuous mode is active for the required port group only",
    section: "5.3",
    level: "required",
    condition: "promiscuous mode is used for monitoring",
    remediation:
      "Restrict promiscuous mode to the monitored port group, not the whole virtual switch.",
    aliases: [],
    mapping: { sp800_53r5: ["SC-4", "AC-4", "CM-7"], supporting: ["SC-7(21)"], pciDss4: [] },
  },
  {
    id: "VM-TM-R3",
    title: "Port mirroring offers a virtual port or an uplink port as destination",
    section: "5.3",
    level: "advisory",
    condition: "workloads are monitored",
    remediation: "Use a mirror that can deliver to a virtual port and to an uplink.",
    aliases: [],
    mapping: {
      sp800_53r5: ["SI-4"],
      supporting: ["SC-7(13)", "SC-7(29)", "AU-5", "SI-4(10)"],
      pciDss4: [],
    },
  },
];
