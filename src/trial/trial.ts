import type { Change } from "../change/change.ts";
import type { Service } from "../topology/topology.ts";
import type { Brand } from "../units/brand.ts";
import type { IpAddress } from "../units/ip.ts";
import type { Mac } from "../units/mac.ts";
import type { Milliseconds } from "../units/milliseconds.ts";

/** Unique in one assessment; stable between runs of the same topology: `vm-vn-r1/tor1:hv1`. */
export type TrialId = Brand<string, "TrialId">;
/** Unique within its trial; its position in the assessment's probe list is the number in the frames' tokens. */
export type ProbeId = Brand<string, "ProbeId">;

/**
 * A place where packets are recorded and sent, `node:port`. Ports are those of the topology: a host's NIC (`hv1:p0`), a
 * physical switch's port (`tor1:hv1`), a workload's vNIC (`web1:eth0`), a host's side of it (`hv1:web1:eth0`), a bond
 * (`hv1:bond0`), a router's NIC (`gw:p0`), a mirror's destination (`ids1:eth0`), the far end of a physical switch's test
 * port (`tor1.test:eth0`).
 */
export type Point = Brand<string, "Point">;

/** One round of an assessment. */
export type Trial = {
  readonly id: TrialId;
  readonly subject: string;
  /** Nothing else runs meanwhile; trials that are not exclusive share their recordings and run at once. */
  readonly exclusive: boolean;
  /** Everything that is recorded from before the first phase to after the last. */
  readonly points: readonly Point[];
  readonly phases: readonly Phase[];
};

export type Phase = {
  readonly name: string;
  /** Applied `changeAfter` into the phase and taken back at its end, after which the lab waits until links have settled. */
  readonly change?: Change;
  /** 0 (the default): before anything is sent. */
  readonly changeAfter?: Milliseconds;
  readonly send: readonly Probe[];
  readonly read: readonly FactQuery[];
  readonly expect: readonly Expectation[];
};

export type Probe = FrameProbe | ConnectionProbe | Stream;

/** Crafted Ethernet frames, injected at a point as if its owner had sent them. */
export type FrameProbe = {
  readonly kind: "frame";
  readonly id: ProbeId;
  readonly from: Point;
  readonly source: Mac;
  readonly destination: Mac;
  /** Outermost first; `vid: "sweep"` sends one frame for each VLAN id 1 to 4094 (the token's sequence is the id). */
  readonly tags: readonly FrameTag[];
  /** Of the innermost payload; 0x88b6 (local experimental 2) unless the probe is about a protocol. */
  readonly etherType: number;
  /** Frames to send when nothing is swept; the token's sequence counts from 0. */
  readonly count: number;
};

export type FrameTag = {
  /** 0x8100 or 0x88a8. */
  readonly tpid: number;
  readonly vid: number | "sweep";
  /** Priority code point, 0 to 7. */
  readonly pcp?: number;
};

/** A real client's attempt from a workload's own kernel. */
export type ConnectionProbe = {
  readonly kind: "tcp" | "udp" | "icmp" | "arp";
  readonly id: ProbeId;
  /** The vNIC whose owner tries. */
  readonly from: Point;
  /** The address tried; ARP: the address asked for. */
  readonly to: IpAddress;
  /** TCP and UDP. */
  readonly port?: number;
  readonly count: number;
};

/** UDP datagrams at a fixed rate, numbered; for loss, gap, duplication and reordering. */
export type Stream = {
  readonly kind: "stream";
  readonly id: ProbeId;
  readonly from: Point;
  /** The receiver's vNIC and its address; a socket of the receiver takes the datagrams. */
  readonly to: { readonly point: Point; readonly address: IpAddress };
  readonly packetsPerSecond: number;
  readonly duration: Milliseconds;
  /** Bytes of UDP payload, 16 or more (the token). */
  readonly payloadSize: number;
};

/** Something no packet carries. The answer is stored raw, with the command or message that gave it and its digest. */
export type FactQuery =
  | { readonly kind: "bond"; readonly node: string; readonly bond: string }
  | { readonly kind: "bridge-vlans"; readonly node: string }
  | { readonly kind: "links"; readonly node: string }
  | { readonly kind: "ruleset"; readonly node: string }
  | { readonly kind: "traffic-control"; readonly node: string };

/** What the source text demands of one probe at one point, written before the check is run. */
export type Expectation = {
  /** What the finding is about: `tor1:hv1`, `web1:eth0 -> db1:eth0 tcp/5432`. */
  readonly subject: string;
  readonly probe: ProbeId;
  readonly at: Point;
  readonly direction: "in" | "out";
  readonly frames: ExpectedFrames;
  /** Which packets of the probe count: its own (the default) or the answers to it. */
  readonly role?: "request" | "reply";
  /** Only frames with exactly these tags count, outermost first; `[]`: untagged ones. Absent: any. */
  readonly vlanIds?: readonly number[];
  /** Only frames whose outermost tag is this count. */
  readonly outermostVlan?: number;
  /** The probe that proves the same sender, point, recording and direction can be seen; required where `none` is expected. */
  readonly control?: ControlRef;
  /** Where no single probe can be the whole control (the point lies behind the border under test): all must be seen. */
  readonly alsoControls?: readonly ControlRef[];
  /**
   * Judged instead when no frame of `probe` left its sender although it tried: the ARP request with a target address of
   * its own that stands for a connection whose neighbour could not be resolved.
   */
  readonly companion?: ProbeId;
  /**
   * Copies are owed for the frames seen here; absent: for those that left their sender. A mirror owes nothing for a frame
   * that was lost before it came to the mirrored port.
   */
  readonly owedFor?: { readonly at: Point; readonly direction: "in" | "out" };
  readonly remediation: string;
};

/** A probe that must have been seen at a point. */
export type ControlRef = {
  readonly probe: ProbeId;
  readonly at: Point;
  readonly direction: "in" | "out";
};

export type ExpectedFrames =
  | { readonly kind: "none" }
  /** Exactly this many copies of each frame sent. */
  | { readonly kind: "copies"; readonly count: number }
  | { readonly kind: "at-least-one" }
  | DueVlans;

/** Of a sweep: exactly the frames with these outermost VLAN ids as sent, and `untagged` without its tag. */
export type DueVlans = {
  readonly kind: "vlan-ids";
  readonly ids: readonly number[];
  /** Carried as the port's native VLAN; its frames may come with their tag as well. */
  readonly untagged?: number;
};

/** A probe's service, for names in reports: `tcp/443`. */
export function formatService(service: Service): string {
  return `${service.protocol}/${service.port}`;
}
