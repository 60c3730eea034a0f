import { forgetAllNamespaces } from "../../src/machine/netns/handles.ts";
import { interfaceIndex } from "../../src/machine/sockets/interface-lookup.ts";
import { PacketReceiver } from "../../src/machine/sockets/packet-receiver.ts";
import { decodeProbeToken, findToken } from "../../src/packet/probe-token.ts";
import type { ConnectionRequest, FrameRequest, StreamRequest } from "../../src/traffic/requests.ts";
import type { ConnectionProbe, FrameProbe, Point, ProbeId } from "../../src/trial/trial.ts";
import { ipAddress } from "../../src/units/ip.ts";
import { mac } from "../../src/units/mac.ts";
import { milliseconds } from "../../src/units/milliseconds.ts";
import { TestNetwork } from "./traffic-network.ts";

/** Two namespaces on one cable, and requests for probes from left to right. */
export class TrafficStage implements Disposable {
  readonly network: TestNetwork = new TestNetwork();
  readonly left: string = this.network.namespace("left");
  readonly right: string = this.network.namespace("right");
  #next = 1;

  constructor() {
    this.network.cable(
      [this.left, "eth0", "10.9.0.1/24", "fd09::1/64"],
      [this.right, "eth0", "10.9.0.2/24", "fd09::2/64"],
    );
  }

  connection(
    kind: ConnectionProbe["kind"],
    to: string,
    more: {
      readonly port?: number;
      readonly count?: number;
      readonly source?: string;
      readonly deadline?: number;
    } = {},
  ): ConnectionRequest {
    const index = this.#next++;
    return {
      namespace: this.left,
      interface: "eth0",
      index,
      probe: {
        kind,
        id: `probe-${index}` as ProbeId,
        from: "left:eth0" as Point,
        to: ipAddress(to),
        count: more.count ?? 1,
        ...(more.port === undefined ? {} : { port: more.port }),
      },
      deadline: more.deadline ?? 300,
      ...(more.source === undefined ? {} : { source: ipAddress(more.source) }),
    };
  }

  frames(
    more: Partial<FrameProbe> = {},
    at: { readonly namespace: string; readonly interface: string } = {
      namespace: this.left,
      interface: "eth0",
    },
  ): FrameRequest {
    const index = this.#next++;
    return {
      ...at,
      index,
      probe: {
        kind: "frame",
        id: `probe-${index}` as ProbeId,
        from: "left:eth0" as Point,
        source: mac("02:00:00:00:00:01"),
        destination: mac("02:00:00:00:00:02"),
        tags: [],
        etherType: 0x88b6,
        count: 1,
        ...more,
      },
    };
  }

  stream(packetsPerSecond: number, duration: number): StreamRequest {
    const index = this.#next++;
    return {
      namespace: this.left,
      interface: "eth0",
      index,
      receiver: { namespace: this.right, interface: "eth0" },
      source: ipAddress("10.9.0.1"),
      probe: {
        kind: "stream",
        id: `stream-${index}` as ProbeId,
        from: "left:eth0" as Point,
        to: { point: "right:eth0" as Point, address: ipAddress("10.9.0.2") },
        packetsPerSecond,
        duration: milliseconds(duration),
        payloadSize: 64,
      },
    };
  }

  /** What arrives at the right end with a probe's token while `work` runs. */
  async arriving(
    work: () => Promise<unknown>,
  ): Promise<
    readonly { readonly sequence: number; readonly index: number; readonly bytes: Uint8Array }[]
  > {
    using receiver = new PacketReceiver(this.right, interfaceIndex(this.right, "eth0"), {
      ignoreOutgoing: true,
    });
    await work();
    const found: { sequence: number; index: number; bytes: Uint8Array }[] = [];
    for (let count = -1; count !== 0; ) {
      count = receiver.drain(1000, (memory, offset, length) => {
        const bytes = memory.slice(offset, offset + length);
        const at = findToken(bytes, 0, length);
        const token = at < 0 ? undefined : decodeProbeToken(bytes, at);
        if (token !== undefined) found.push({ ...token, bytes });
      });
    }
    return found;
  }

  [Symbol.dispose](): void {
    forgetAllNamespaces();
    this.network[Symbol.dispose]();
  }
}
