import { fstatSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addAddress } from "../../src/machine/netlink/addresses.ts";
import { createVeth, setLink } from "../../src/machine/netlink/links.ts";
import { releaseNamespaces } from "../../src/machine/netlink/release.ts";
import { openRoute } from "../../src/machine/netlink/route-socket.ts";
import { currentNamespaceInode, inNamespace } from "../../src/machine/netns/enter.ts";
import { createNamespaces, namespaceInode } from "../../src/machine/netns/named.ts";
import { DatagramSocket } from "../../src/machine/sockets/datagram.ts";
import { IcmpSocket } from "../../src/machine/sockets/icmp-echo.ts";
import { PacketReceiver } from "../../src/machine/sockets/packet-receiver.ts";
import { PacketSender } from "../../src/machine/sockets/packet-sender.ts";
import { PollLoop } from "../../src/machine/sockets/poll-loop.ts";
import { socketNamespaceInode } from "../../src/machine/sockets/socket-namespace.ts";
import { type StreamSocket, startConnection } from "../../src/machine/sockets/stream-client.ts";
import { StreamListener } from "../../src/machine/sockets/stream-listener.ts";
import { milliseconds } from "../../src/units/milliseconds.ts";

const a = `lab-sockets-a-${process.pid}`;
const b = `lab-sockets-b-${process.pid}`;
const indexA = 10;
const indexB = 11;
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (line: string): Uint8Array => new TextEncoder().encode(line);

beforeAll(() => {
  createNamespaces([a, b]);
  using socketA = openRoute(a);
  using socketB = openRoute(b);
  socketA.apply([
    createVeth(
      { name: "eth0", index: indexA, namespace: a, address: "02:00:00:00:00:0a", up: true },
      { name: "eth0", index: indexB, namespace: b, address: "02:00:00:00:00:0b" },
    ),
    addAddress({ index: indexA, address: "192.0.2.1", prefixLength: 24 }),
    addAddress({ index: indexA, address: "2001:db8::1", prefixLength: 64 }),
  ]);
  socketB.apply([
    setLink(indexB, { up: true }),
    setLink("lo", { up: true }),
    addAddress({ index: indexB, address: "192.0.2.2", prefixLength: 24 }),
    addAddress({ index: indexB, address: "2001:db8::2", prefixLength: 64 }),
  ]);
});

afterAll(async () => {
  expect(await releaseNamespaces([a, b], milliseconds(10_000))).toBe(0);
});

describe("sockets land in the namespace asked for", () => {
  test("none of any kind is in the root namespace; control: the same list of their own shows all", () => {
    const endpoint = { address: "0.0.0.0", port: 40_123 };
    const endpoint6 = { address: "::", port: 40_123 };
    using udp = new DatagramSocket(a, endpoint);
    using udp6 = new DatagramSocket(a, endpoint6);
    using tcp = new StreamListener(a, endpoint);
    using tcp6 = new StreamListener(a, endpoint6);
    using icmp = new IcmpSocket(a, "inet");
    using icmp6 = new IcmpSocket(a, "inet6");
    using receiver = new PacketReceiver(a, indexA);
    using sender = new PacketSender(a, indexA);
    const sockets = [udp, udp6, tcp, tcp6, icmp, icmp6, receiver, sender];
    const inodes = sockets.map(({ fd }) => fstatSync(fd).ino);
    for (const { fd } of sockets) {
      expect(socketNamespaceInode(fd)).toBe(namespaceInode(a));
    }
    expect(inodes.filter((inode) => listedSockets().has(inode))).toEqual([]);
    const listed = inNamespace(a, () => listedSockets());
    expect(inodes.filter((inode) => listed.has(inode))).toEqual(inodes);
  });

  test("the thread is back in its own namespace, also after a failure inside", () => {
    const before = currentNamespaceInode();
    expect(() => new PacketReceiver(a, 9999)).toThrow(/bind interface 9999: ENODEV/);
    expect(() =>
      inNamespace(a, () => {
        expect(currentNamespaceInode()).toBe(namespaceInode(a));
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(currentNamespaceInode()).toBe(before);
    expect(before).not.toBe(namespaceInode(a));
  });

  test("work that goes on later is refused: it would go on outside", () => {
    // @ts-expect-error a promise is no result of synchronous work
    expect(() => inNamespace(a, () => Promise.resolve(1))).toThrow(TypeError);
  });
});

describe.each([
  ["IPv4", "192.0.2.1", "192.0.2.2"],
  ["IPv6", "2001:db8::1", "2001:db8::2"],
] as const)("%s", (_, addressA, addressB) => {
  test("a datagram goes there and back", async () => {
    using loop = new PollLoop();
    using server = new DatagramSocket(b, { address: addressB, port: 0 });
    using client = new DatagramSocket(a, { address: addressA, port: 0 });
    loop.watch(server.fd, { readable: true }, () => {
      const datagram = server.receive();
      if (datagram !== undefined) server.send(bytes(`re: ${text(datagram.bytes)}`), datagram.from);
    });
    const answers: string[] = [];
    loop.watch(client.fd, { readable: true }, () => {
      answers.push(text(client.receive()?.bytes ?? new Uint8Array()));
    });
    client.send(bytes("hello"), server.local());
    await until(() => answers.length > 0);
    expect(answers).toEqual(["re: hello"]);
    loop.unwatch(server.fd);
    loop.unwatch(client.fd);
  });

  test("a closed port refuses a connection, a listening one takes it and talks", async () => {
    using loop = new PollLoop();
    using closed = startConnection(a, { address: addressB, port: 9 });
    expect(await outcomeOf(loop, closed)).toBe("ECONNREFUSED");
    const nowhere = addressB.includes(":") ? "2001:db8:1::1" : "198.51.100.1";
    using routeless = startConnection(a, { address: nowhere, port: 9 });
    expect(await outcomeOf(loop, routeless)).toBe("ENETUNREACH");
    using listener = new StreamListener(b, { address: addressB, port: 0 });
    using client = startConnection(a, listener.local());
    expect(await outcomeOf(loop, client)).toBe("connected");
    const accepted = listener.accept();
    if (accepted === undefined) throw new Error("nothing to accept");
    using server = accepted.socket;
    expect(accepted.from).toEqual(client.local());
    client.send(bytes("ping"));
    expect(text(await received(server))).toBe("ping");
    client.finish();
    expect((await received(server)).length).toBe(0);
  });

  test("an echo request is answered", async () => {
    using socket = new IcmpSocket(a, addressA.includes(":") ? "inet6" : "inet");
    socket.sendEcho({ address: addressB }, { identifier: 7, sequence: 9, payload: bytes("token") });
    const replyType = addressA.includes(":") ? 129 : 0;
    const reply = await until(() => {
      const message = socket.receive();
      return message?.type === replyType ? message : undefined;
    });
    expect(reply.from).toBe(addressB);
    expect(text(reply.rest.subarray(4))).toBe("token");
  });
});

describe("packet sockets", () => {
  const plain = frame("88b5");
  const tagged = Uint8Array.from([
    ...plain.subarray(0, 12),
    ...Buffer.from("8100600a", "hex"),
    ...plain.subarray(12),
  ]);
  const double = Uint8Array.from([
    ...plain.subarray(0, 12),
    ...Buffer.from("88a80064", "hex"),
    ...tagged.subarray(12),
  ]);

  test("frames come as they are on the wire, tags too, with time, direction and interface", () => {
    using receiver = new PacketReceiver(b, indexB);
    using here = new PacketReceiver(a, 0);
    using sender = new PacketSender(a, indexA);
    expect(sender.send([plain, tagged, double])).toBe(3);
    const seen: string[] = [];
    const info: unknown[] = [];
    const now = Date.now() / 1000;
    receiver.drain(100, (memory, offset, length, about) => {
      const hex = Buffer.from(memory.subarray(offset, offset + length)).toString("hex");
      if (isOurs(hex)) {
        seen.push(hex);
        info.push({ ...about });
        expect(Math.abs(about.seconds - now)).toBeLessThan(5);
        expect(about.originalLength).toBe(length);
        expect([about.packetType, about.interfaceIndex]).toEqual(["broadcast", indexB]);
      }
    });
    expect(seen).toEqual([plain, tagged, double].map((sent) => Buffer.from(sent).toString("hex")));
    const left: string[] = [];
    here.drain(100, (memory, offset, length, { packetType, interfaceIndex }) => {
      const hex = Buffer.from(memory.subarray(offset, offset + length)).toString("hex");
      if (isOurs(hex)) left.push(`${packetType} ${interfaceIndex} ${length}`);
    });
    expect(left).toEqual(["outgoing 10 60", "outgoing 10 64", "outgoing 10 68"]);
  });

  test("50,000 frames come without loss; a buffer that is too small counts what it lost", () => {
    using receiver = new PacketReceiver(b, indexB);
    using small = new PacketReceiver(b, indexB, { bufferBytes: 4096 });
    using sender = new PacketSender(a, indexA);
    const frames = new Array<Uint8Array>(1000).fill(plain);
    let ours = 0;
    for (let round = 0; round < 50; round++) {
      expect(sender.send(frames)).toBe(1000);
      receiver.drain(2000, (memory, offset) => {
        ours += memory[offset + 12] === 0x88 && memory[offset + 13] === 0xb5 ? 1 : 0;
      });
    }
    expect(ours).toBe(50_000);
    expect(receiver.statistics().dropped).toBe(0);
    expect(small.statistics().dropped).toBeGreaterThan(40_000);
  });

  test("a frame longer than the MTU allows is refused by name", () => {
    using sender = new PacketSender(a, indexA);
    expect(() => sender.send([new Uint8Array(2000)])).toThrow(/sendmmsg: EMSGSIZE/);
    expect(sender.send([new Uint8Array(1514)])).toBe(1);
  });

  test("frames that leave can be left out", () => {
    using receiver = new PacketReceiver(a, indexA, { ignoreOutgoing: true });
    using sender = new PacketSender(a, indexA);
    sender.send([plain]);
    let outgoing = 0;
    receiver.drain(100, (_memory, _offset, _length, { packetType }) => {
      outgoing += packetType === "outgoing" ? 1 : 0;
    });
    expect(outgoing).toBe(0);
  });
});

function frame(etherType: string): Uint8Array {
  const head = Buffer.from(`ffffffffffff02000000000a${etherType}`, "hex");
  return Uint8Array.from([...head, ...new Uint8Array(60 - head.length).fill(0x5a)]);
}

function isOurs(hex: string): boolean {
  return hex.includes("88b55a5a");
}

async function outcomeOf(loop: PollLoop, connection: StreamSocket): Promise<string> {
  const ready = Promise.withResolvers<void>();
  loop.watch(connection.fd, { writable: true }, () => ready.resolve());
  await ready.promise;
  loop.unwatch(connection.fd);
  return connection.takeOutcome();
}

function received(socket: StreamSocket): Promise<Uint8Array> {
  return until(() => socket.receive());
}

/** The inodes of all sockets that the kernel lists for the namespace of this thread. */
function listedSockets(): ReadonlySet<number> {
  const kinds = ["udp", "udp6", "tcp", "tcp6", "raw", "raw6", "packet"];
  const tokens = kinds.flatMap((kind) =>
    readFileSync(`/proc/thread-self/net/${kind}`, "utf8").split(/\s+/),
  );
  return new Set(tokens.map(Number));
}

/** Asks until there is an answer, five seconds at most. */
async function until<Answer>(ask: () => Answer | undefined | false): Promise<Answer> {
  const deadline = performance.now() + 5000;
  for (;;) {
    const answer = ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error("no answer within 5 s");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
