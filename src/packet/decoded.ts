/** What `decodeFrame` can name; numbers, so that a stack of them is bytes. */
export const Layer = {
  payload: 0,
  ethernet: 1,
  vlan: 2,
  llc: 3,
  arp: 4,
  ipv4: 5,
  ipv6: 6,
  ipv6HopByHop: 7,
  ipv6Routing: 8,
  ipv6Fragment: 9,
  ipv6Destination: 10,
  authentication: 11,
  icmp: 12,
  icmpv6: 13,
  tcp: 14,
  udp: 15,
  vxlan: 16,
  gre: 17,
  erspan: 18,
  cooked: 19,
  loopback: 20,
} as const;
export type Layer = (typeof Layer)[keyof typeof Layer];

export const layerNames: readonly string[] = Object.keys(Layer);

/** What the frame of a level was carried in. */
export type Carrier = "link" | "ip" | "vxlan" | "gre" | "erspan" | "quote";

/** `truncated`: bytes a header or length field speaks of are not there. `malformed`: a field has an impossible value. */
export type DecodeProblem = "" | "truncated" | "malformed" | "too-deep";

const maximumLevels = 8;
export const maximumLayers = 64;
export const maximumTags = 16;

/**
 * One frame or packet inside the recorded frame: level 0 is what the wire carried, each tunnel opens another.
 * Offsets index the buffer given to `decodeFrame`; -1 (or 0 for versions and counts) means "not there".
 */
export type Level = {
  carrier: Carrier;
  /** VXLAN network identifier, GRE key or ERSPAN session that carried this level, else -1. */
  tunnelId: number;
  ethernetOffset: number;
  /** After all tags; the length field's value for LLC frames. */
  etherType: number;
  /** Tags present; the first `maximumTags` are kept. */
  vlanCount: number;
  /** Tag control information, outermost first: the lower 12 bits are the VLAN id. */
  readonly vlanTags: Uint16Array;
  readonly vlanTypes: Uint16Array;
  arpOffset: number;
  ipVersion: 0 | 4 | 6;
  ipOffset: number;
  /** End of the IP packet: the shorter of what is declared and what was captured. */
  ipEnd: number;
  /** IP protocol number after extension headers. */
  protocol: number;
  ttl: number;
  identification: number;
  /** In bytes. */
  fragmentOffset: number;
  moreFragments: boolean;
  isFragment: boolean;
  transport: Layer;
  transportOffset: number;
  sourcePort: number;
  destinationPort: number;
  tcpSequence: number;
  tcpAcknowledgment: number;
  tcpFlags: number;
  icmpType: number;
  icmpCode: number;
  icmpIdentifier: number;
  icmpSequence: number;
  payloadOffset: number;
  payloadLength: number;
};

/** Filled anew by each `decodeFrame`; make one and keep it. */
export type Decoded = {
  readonly layers: Uint8Array;
  readonly layerOffsets: Int32Array;
  layerCount: number;
  readonly levels: readonly Level[];
  levelCount: number;
  outer: Level;
  /** The innermost level; the same object as `outer` where there is no tunnel. */
  inner: Level;
  /** The packet an ICMP error speaks about, when `hasQuoted`. */
  readonly quoted: Level;
  hasQuoted: boolean;
  /** Of the innermost level: what no decoder here took apart. */
  payloadOffset: number;
  payloadLength: number;
  problem: DecodeProblem;
  problemLayer: Layer;
  problemOffset: number;
  /** The header of which only a part is there; `payload` when there is none. */
  cutLayer: Layer;
  /** The rest is the decoder's own place in the frame. */
  current: Level;
  next: Layer | -1;
  position: number;
  end: number;
  /** Set by a tunnel header: the next Ethernet, IP or ARP header opens a level. */
  opens: boolean;
  carrier: Carrier;
  tunnelId: number;
};

function createLevel(): Level {
  const level: Level = {
    carrier: "link",
    tunnelId: -1,
    ethernetOffset: -1,
    etherType: -1,
    vlanCount: 0,
    vlanTags: new Uint16Array(maximumTags),
    vlanTypes: new Uint16Array(maximumTags),
    arpOffset: -1,
    ipVersion: 0,
    ipOffset: -1,
    ipEnd: -1,
    protocol: -1,
    ttl: -1,
    identification: -1,
    fragmentOffset: 0,
    moreFragments: false,
    isFragment: false,
    transport: Layer.payload,
    transportOffset: -1,
    sourcePort: -1,
    destinationPort: -1,
    tcpSequence: -1,
    tcpAcknowledgment: -1,
    tcpFlags: -1,
    icmpType: -1,
    icmpCode: -1,
    icmpIdentifier: -1,
    icmpSequence: -1,
    payloadOffset: -1,
    payloadLength: 0,
  };
  return level;
}

/** A place for `decodeFrame` to write to. */
export function createDecoded(): Decoded {
  const first = createLevel();
  const levels = [first, ...Array.from({ length: maximumLevels - 1 }, createLevel)];
  return {
    layers: new Uint8Array(maximumLayers),
    layerOffsets: new Int32Array(maximumLayers),
    layerCount: 0,
    levels,
    levelCount: 1,
    outer: first,
    inner: first,
    quoted: createLevel(),
    hasQuoted: false,
    payloadOffset: 0,
    payloadLength: 0,
    problem: "",
    problemLayer: Layer.payload,
    problemOffset: -1,
    cutLayer: Layer.payload,
    current: first,
    next: -1,
    position: 0,
    end: 0,
    opens: false,
    carrier: "link",
    tunnelId: -1,
  };
}

/** Everything a reader of the level looks at without asking `ipVersion` or `transport` first. */
export function resetLevel(level: Level, carrier: Carrier, tunnelId: number): void {
  level.carrier = carrier;
  level.tunnelId = tunnelId;
  level.ethernetOffset = -1;
  level.etherType = -1;
  level.vlanCount = 0;
  level.arpOffset = -1;
  level.ipVersion = 0;
  level.ipOffset = -1;
  level.ipEnd = -1;
  level.protocol = -1;
  level.ttl = -1;
  level.identification = -1;
  level.fragmentOffset = 0;
  level.moreFragments = false;
  level.isFragment = false;
  level.transport = Layer.payload;
  level.transportOffset = -1;
  level.sourcePort = -1;
  level.destinationPort = -1;
  level.tcpSequence = -1;
  level.tcpAcknowledgment = -1;
  level.tcpFlags = -1;
  level.icmpType = -1;
  level.icmpCode = -1;
  level.icmpIdentifier = -1;
  level.icmpSequence = -1;
  level.payloadOffset = -1;
  level.payloadLength = 0;
}

/** Opens a level for what a tunnel or quote carries; false (and a problem) when the nesting is too deep. */
export function openLevel(decoded: Decoded): boolean {
  if (decoded.levelCount >= maximumLevels) {
    stop(decoded, "too-deep");
    return false;
  }
  const level = decoded.levels[decoded.levelCount] as Level;
  resetLevel(level, decoded.carrier, decoded.tunnelId);
  decoded.levelCount++;
  decoded.opens = false;
  decoded.current = level;
  decoded.inner = level;
  return true;
}

/** Remembers the first problem; decoding may go on. */
export function note(decoded: Decoded, problem: DecodeProblem): void {
  if (decoded.problem !== "") return;
  decoded.problem = problem;
  decoded.problemLayer = decoded.next === -1 ? Layer.payload : decoded.next;
  decoded.problemOffset = decoded.position;
}

/** Ends decoding: what is left is payload. */
export function stop(decoded: Decoded, problem: DecodeProblem): void {
  note(decoded, problem);
  decoded.next = Layer.payload;
}

/** Ends decoding of a header that is not there in full; quotes in ICMP errors are short by design. */
export function stopShort(decoded: Decoded): void {
  const isThereInPart = decoded.next !== -1 && decoded.position < decoded.end;
  if (isThereInPart) decoded.cutLayer = decoded.next as Layer;
  if (decoded.current === decoded.quoted) decoded.next = Layer.payload;
  else stop(decoded, "truncated");
}

/** Puts a layer on the stack. */
export function pushLayer(decoded: Decoded, layer: Layer, offset: number): void {
  if (decoded.layerCount >= maximumLayers) return;
  decoded.layers[decoded.layerCount] = layer;
  decoded.layerOffsets[decoded.layerCount] = offset;
  decoded.layerCount++;
}
