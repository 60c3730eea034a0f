import { SystemError } from "../machine/libc/system-error.ts";
import { interfaceIndex, interfaceMac } from "../machine/sockets/interface-lookup.ts";
import { PacketReceiver } from "../machine/sockets/packet-receiver.ts";
import { PacketSender } from "../machine/sockets/packet-sender.ts";
import type { PollLoop } from "../machine/sockets/poll-loop.ts";
import { ArpOperation, decodeArp } from "../packet/arp.ts";
import { concatBytes, uint16 } from "../packet/byte-order.ts";
import { EtherType } from "../packet/ether-type.ts";
import { arpFrame, broadcastMac, neighborFrame } from "../packet/frame.ts";
import { decodeIcmpv6, readNeighborMessage } from "../packet/icmpv6.ts";
import { ipToBytes } from "../packet/ip-bytes.ts";
import { encodeProbeToken } from "../packet/probe-token.ts";
import { type IpAddress, ipAddress, ipFromBigInt, ipToBigInt, ipVersion } from "../units/ip.ts";
import { type Mac, mac, macFromBytes } from "../units/mac.ts";
import { type Attempt, deadlineOf, Outcome } from "./attempt.ts";
import type { ConnectionRequest } from "./requests.ts";

const ethernetHeader = 14;
const ipv6Header = 40;
const nextHeaderOffset = ethernetHeader + 6;
const icmpv6 = 58;
const turn = 256;
/** Of the ARP packet an unconfigured host sends (RFC 5227 section 1.1), and RFC 4861 section 4.3. */
const unspecified = { 4: ipAddress("0.0.0.0"), 6: ipAddress("::") } as const;

type Ear = {
  readonly receiver: PacketReceiver;
  readonly sender: PacketSender;
  readonly mac: Mac;
  /** By the address asked for. */
  readonly waiting: Map<string, Set<Outcome>>;
};

/** ARP requests and neighbour solicitations made at a vNIC as its owner would, answered by what the vNIC receives. */
export class NeighbourProbes implements AsyncDisposable {
  readonly #loop: PollLoop;
  readonly #ears = new Map<string, Ear>();

  constructor(loop: PollLoop) {
    this.#loop = loop;
  }

  async attempt(request: ConnectionRequest, sequence: number): Promise<Attempt> {
    const { probe, index } = request;
    const ear = this.#open(request);
    const outcome = new Outcome(deadlineOf(request), () => "none");
    const others = ear.waiting.get(probe.to) ?? new Set<Outcome>();
    ear.waiting.set(probe.to, others.add(outcome));
    const token = encodeProbeToken({ index, sequence });
    try {
      // Behind the packet, where short frames have padding: the token is on the wire and changes nothing.
      // A link without carrier takes it or refuses it (ENOBUFS): nothing leaves, and nobody answers.
      ear.sender.send([concatBytes([question(request, ear.mac), token])]);
      return { answer: await outcome.promise };
    } finally {
      outcome.settle("none");
      others.delete(outcome);
    }
  }

  #open(request: ConnectionRequest): Ear {
    const { namespace, interface: name } = request;
    const key = `${namespace} ${name}`;
    const known = this.#ears.get(key);
    if (known !== undefined) return known;
    const index = interfaceIndex(namespace, name);
    const receiver = new PacketReceiver(namespace, index, { ignoreOutgoing: true });
    const ear: Ear = {
      receiver,
      sender: new PacketSender(namespace, index),
      mac: request.identity?.mac ?? macFromBytes(interfaceMac(namespace, name)),
      waiting: new Map(),
    };
    this.#ears.set(key, ear);
    this.#loop.watch(receiver.fd, { readable: true }, () => hear(ear));
    return ear;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ears = [...this.#ears.values()];
    this.#ears.clear();
    for (const { receiver } of ears) this.#loop.unwatch(receiver.fd);
    await Promise.all(
      ears.flatMap(({ receiver, sender }) => [
        receiver[Symbol.asyncDispose](),
        sender[Symbol.asyncDispose](),
      ]),
    );
  }
}

function question(request: ConnectionRequest, own: Mac): Uint8Array {
  const target = request.probe.to;
  const version = ipVersion(target);
  const source =
    request.source ??
    request.identity?.addresses.find((address) => ipVersion(address) === version) ??
    unspecified[version];
  if (version === 6) return solicitation(own, source, target);
  return arpFrame(
    { source: own, destination: broadcastMac },
    {
      operation: ArpOperation.request,
      senderMac: own,
      senderAddress: source,
      targetMac: mac("00:00:00:00:00:00"),
      targetAddress: target,
    },
  );
}

/** To the solicited-node multicast address of the target (RFC 4291 section 2.7.1, RFC 2464 section 7). */
function solicitation(own: Mac, source: IpAddress, target: IpAddress): Uint8Array {
  const low = ipToBigInt(target) & 0xff_ffffn;
  const group = ipFromBigInt(ipToBigInt(ipAddress("ff02::1:ff00:0")) | low, 6);
  const groupMac = macFromBytes(Uint8Array.of(0x33, 0x33, ...ipToBytes(group).slice(12)));
  const link = source === unspecified[6] ? {} : { linkLayer: own };
  return neighborFrame(
    { source: own, destination: groupMac },
    { source, destination: group },
    { kind: "solicitation", target, flags: 0, ...link },
  );
}

function hear(ear: Ear): void {
  try {
    ear.receiver.drain(turn, (memory, offset, length) => {
      const address = answeredAddress(memory.subarray(offset, offset + length));
      if (address === undefined) return;
      for (const outcome of ear.waiting.get(address) ?? []) outcome.settle("reply");
    });
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    // The interface went down: nothing comes, and the deadline says so.
  }
}

/** Whose link-layer address a received frame tells; undefined for any other frame. */
function answeredAddress(frame: Uint8Array): IpAddress | undefined {
  if (frame.length < ethernetHeader) return undefined;
  const type = uint16(frame, 12);
  if (type === EtherType.arp) {
    const packet = decodeArp(frame, ethernetHeader);
    return packet?.operation === ArpOperation.reply ? packet.senderAddress : undefined;
  }
  if (type !== EtherType.ipv6 || frame[nextHeaderOffset] !== icmpv6) return undefined;
  const message = decodeIcmpv6(frame, ethernetHeader + ipv6Header);
  const neighbour = message === undefined ? undefined : readNeighborMessage(message);
  return neighbour?.kind === "advertisement" ? neighbour.target : undefined;
}
