import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startConnection } from "../../src/machine/sockets/stream-client.ts";
import { Prober } from "../../src/traffic/prober.ts";
import { EchoServices } from "../../src/traffic/services.ts";
import { until } from "./traffic-network.ts";
import { TrafficStage } from "./traffic-stage.ts";

const tables = ["tcp", "tcp6", "udp", "udp6", "raw", "raw6", "packet"] as const;

let stage: TrafficStage;
let prober: Prober;

beforeAll(() => {
  stage = new TrafficStage();
  prober = new Prober();
});
afterAll(() => {
  prober[Symbol.dispose]();
  stage[Symbol.dispose]();
});

/** Lines of the kernel's socket tables that belong to this process's namespace, by inode of the socket. */
function ownSockets(): ReadonlySet<string> {
  return new Set(
    tables.flatMap((table) => inodes(readFileSync(`/proc/thread-self/net/${table}`, "utf8"))),
  );
}

function inodes(text: string): readonly string[] {
  const [header = "", ...lines] = text.trim().split("\n");
  const isPacket = header.includes("RefCnt");
  return lines.map((line) => line.trim().split(/\s+/)[isPacket ? 8 : 9] ?? "");
}

/** Local ports in a namespace's table. */
function ports(namespace: string, table: (typeof tables)[number]): readonly number[] {
  const lines = stage.network
    .exec(namespace, "cat", `/proc/net/${table}`)
    .trim()
    .split("\n")
    .slice(1);
  return lines.map((line) =>
    Number.parseInt(line.trim().split(/\s+/)[1]?.split(":").at(-1) ?? "", 16),
  );
}

/** Sockets of this very process: what its descriptors point at. */
function listOfProcess(): readonly string[] {
  const text = stage.network.exec(
    stage.left,
    "find",
    `/proc/${process.pid}/fd`,
    "-lname",
    "socket:*",
    "-printf",
    "%l\n",
  );
  return text.split("\n").flatMap((line) => /\[(\d+)\]/.exec(line)?.[1] ?? []);
}

describe("echo services", () => {
  test("listen over both families in their namespace; start, stop, list", async () => {
    using services = new EchoServices();
    services.start({ namespace: stage.right, protocol: "tcp", port: 443 });
    services.start({ namespace: stage.right, protocol: "tcp", port: 443 });
    services.start({ namespace: stage.left, protocol: "tcp", port: 443 });
    services.start({ namespace: stage.right, protocol: "udp", port: 53 });
    expect(services.list()).toEqual([
      { namespace: stage.right, protocol: "tcp", port: 443 },
      { namespace: stage.left, protocol: "tcp", port: 443 },
      { namespace: stage.right, protocol: "udp", port: 53 },
    ]);
    for (const table of ["tcp", "tcp6"] as const) expect(ports(stage.right, table)).toContain(443);
    for (const table of ["udp", "udp6"] as const) expect(ports(stage.right, table)).toContain(53);
    const tries = () => [
      stage.connection("tcp", "10.9.0.2", { port: 443 }),
      stage.connection("tcp", "fd09::2", { port: 443 }),
      stage.connection("udp", "fd09::2", { port: 53 }),
    ];
    expect((await prober.send(tries())).map(({ answer }) => answer)).toEqual([
      "connected",
      "connected",
      "reply",
    ]);
    services.stop({ namespace: stage.right, protocol: "tcp", port: 443 });
    services.stop({ namespace: stage.right, protocol: "udp", port: 53 });
    expect((await prober.send(tries())).map(({ answer }) => answer)).toEqual([
      "refused",
      "refused",
      "unreachable",
    ]);
    expect(services.list()).toEqual([{ namespace: stage.left, protocol: "tcp", port: 443 }]);
  });

  test("a flood of silent, large and broken clients ends no service", async () => {
    using services = new EchoServices();
    services.start({ namespace: stage.right, protocol: "tcp", port: 80 });
    services.start({ namespace: stage.right, protocol: "udp", port: 80 });
    const clients = () =>
      Array.from({ length: 100 }, () =>
        startConnection(stage.left, { address: "10.9.0.2", port: 80 }),
      );
    const [broken, greedy, silent] = [clients(), clients(), clients()];
    const connections = () => ports(stage.right, "tcp").filter((port) => port === 80).length;
    await until("the connections", () => connections() > 300);
    for (const socket of broken) socket.resetOnClose();
    for (const socket of greedy) while (socket.send(new Uint8Array(65_536)) > 0);
    for (const socket of [...broken, ...greedy]) socket[Symbol.dispose]();
    const results = await prober.send(
      Array.from({ length: 500 }, (_, number) =>
        stage.connection(number % 2 === 0 ? "tcp" : "udp", "10.9.0.2", {
          port: 80,
          deadline: 5000,
        }),
      ),
    );
    for (const socket of silent) socket[Symbol.dispose]();
    const found = Map.groupBy(results, ({ answer }) => answer);
    expect([...found].map(([answer, list]) => [answer, list.length])).toEqual([
      ["connected", 250],
      ["reply", 250],
    ]);
  });

  test("no socket of services, probes or streams is in the own namespace", async () => {
    using services = new EchoServices();
    services.start({ namespace: stage.right, protocol: "tcp", port: 80 });
    services.start({ namespace: stage.right, protocol: "udp", port: 80 });
    const running = prober.send([
      stage.stream(1000, 400),
      stage.connection("tcp", "192.0.2.1", { port: 80 }),
      stage.connection("udp", "10.9.0.2", { port: 81 }),
      stage.connection("icmp", "10.9.0.77", { deadline: 400 }),
      stage.connection("arp", "10.9.0.77", { deadline: 400 }),
    ]);
    await until(
      "the stream's sockets",
      () => ports(stage.left, "udp").length > 0 && ports(stage.left, "raw").length > 0,
    );
    const mine = listOfProcess();
    const outside = ownSockets();
    expect(mine.length).toBeGreaterThan(6);
    // The control: the same look finds the sockets in the namespace where they are.
    const inside = new Set(
      tables.flatMap((table) =>
        [stage.left, stage.right].flatMap((space) =>
          inodes(stage.network.exec(space, "cat", `/proc/net/${table}`)),
        ),
      ),
    );
    expect(mine.filter((inode) => inside.has(inode)).length).toBeGreaterThan(6);
    expect(mine.filter((inode) => outside.has(inode))).toEqual([]);
    await running;
  });
});
