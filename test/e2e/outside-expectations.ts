import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { parse, stringify } from "yaml";
import type { LabUser } from "./lab-user.ts";
import type { Step } from "./outside-steps.ts";
import { fieldsOf, framesShown } from "./tshark.ts";

type Ping = { readonly from: string; readonly to: string; readonly outcome: "ok" | "blocked" };

/** What a `*.expect.yml` may say; all of it is looked at with plain commands in the nodes. */
export type Expectations = {
  readonly ping?: readonly Ping[];
  readonly variants?: readonly {
    readonly set: Readonly<Record<string, string>>;
    readonly ping: readonly Ping[];
  }[];
  readonly bonds?: readonly Bond[];
  readonly lags?: readonly (Omit<Bond, "node" | "bond"> & {
    readonly switch: string;
    readonly lag: string;
  })[];
  readonly changes?: readonly {
    readonly change: { readonly at: { readonly node: string; readonly port: string } };
    readonly ping: readonly Ping[];
  }[];
  readonly fragmentationNeeded?: readonly {
    readonly from: string;
    readonly to: string;
    readonly size: number;
    readonly answeredBy: string;
    readonly nextMtu: number;
  }[];
  readonly roundTrip?: readonly {
    readonly from: string;
    readonly to: string;
    readonly atLeast: string;
    readonly below: string;
  }[];
  readonly stp?: {
    readonly root: string;
    readonly rootPorts: Readonly<Record<string, string>>;
    readonly states: readonly {
      readonly switch: string;
      readonly port: string;
      readonly state: string;
    }[];
  };
  readonly broadcast?: readonly {
    readonly from: string;
    readonly at: string;
    readonly copies: number;
  }[];
  readonly steps?: readonly Step[];
};

type Bond = {
  readonly node: string;
  readonly bond: string;
  readonly activeMembers: readonly string[];
};

/** Everything an expectation file says of a lab that is up. */
export async function expectThat(
  user: LabUser,
  lab: string,
  file: string,
  expectations: Expectations,
): Promise<void> {
  const { ping = [], bonds = [], lags = [], stp, broadcast = [] } = expectations;
  const groups = lags.map(({ switch: node, lag: bond, ...rest }) => ({ node, bond, ...rest }));
  for (const bond of [...bonds, ...groups]) await expectActive(user, lab, bond);
  await expectPings(user, lab, ping);
  for (const one of expectations.changes ?? []) await expectUnder(user, lab, one);
  for (const one of expectations.fragmentationNeeded ?? []) await expectTooBig(user, lab, one);
  for (const one of expectations.roundTrip ?? []) await expectRoundTrip(user, lab, one);
  if (stp !== undefined) await expectStp(user, lab, stp);
  for (const one of broadcast) await expectCopies(user, lab, one);
  for (const one of expectations.variants ?? []) await expectVariant(user, lab, file, one);
}

async function expectUnder(
  user: LabUser,
  lab: string,
  { change, ping }: NonNullable<Expectations["changes"]>[number],
): Promise<void> {
  const { node, port } = change.at;
  await user.sh(lab, node, `ip link set ${port} down`);
  await expectPings(user, lab, ping);
  await user.sh(lab, node, `ip link set ${port} up`);
}

/** The file with other values, applied over what runs. */
async function expectVariant(
  user: LabUser,
  lab: string,
  file: string,
  { set, ping }: NonNullable<Expectations["variants"]>[number],
): Promise<void> {
  const variant = join(user.folder, `${lab}.variant.yml`);
  writeFileSync(variant, withValues(readFileSync(file, "utf8"), set));
  await user.must("up", variant);
  await expectPings(user, lab, ping);
}

/** A ping is tried until it is as it has to be, for five seconds: a link that failed is noticed within one. */
async function expectPings(user: LabUser, lab: string, pings: readonly Ping[]): Promise<void> {
  for (const { from, to, outcome } of pings) {
    const deadline = performance.now() + 5000;
    const due = outcome === "ok" ? 0 : 1;
    let ran = await user.run(["probe", lab, from, to, "icmp"]);
    while (ran.code !== due && performance.now() < deadline) {
      ran = await user.run(["probe", lab, from, to, "icmp"]);
    }
    expect(ran.code, `${from} -> ${to}: ${ran.stdout}${ran.stderr}`).toBe(due);
  }
}

type SlaveData = { readonly ad_actor_oper_port_state_str?: readonly string[] };
type LinkRow = {
  readonly ifname: string;
  readonly linkinfo?: {
    readonly info_slave_data?: SlaveData & { readonly no?: string };
    readonly info_data?: { readonly root_port?: number };
  };
};

async function links(
  user: LabUser,
  lab: string,
  node: string,
  which: string,
): Promise<readonly LinkRow[]> {
  return JSON.parse(await user.sh(lab, node, `ip -d -j link show ${which}`)) as readonly LinkRow[];
}

/** LACP says which members distribute (IEEE 802.1AX 6.4.2); after a start that takes its timers. */
async function expectActive(
  user: LabUser,
  lab: string,
  { node, bond, activeMembers }: Bond,
): Promise<void> {
  await expect
    .poll(
      async () => {
        const members = await links(user, lab, node, `master ${bond}`);
        return members
          .filter(({ linkinfo }) =>
            linkinfo?.info_slave_data?.ad_actor_oper_port_state_str?.includes("distributing"),
          )
          .map(({ ifname }) => ifname)
          .sort();
      },
      { timeout: 70_000, interval: 500 },
    )
    .toEqual([...activeMembers].sort());
}

/** IPv4 and ICMP headers of an echo request. */
const echoHeaders = 28;

type Capture = { readonly file: string; readonly stop: () => Promise<void> };

/** Records a point until it is stopped; resolves when frames are being recorded. */
async function capture(user: LabUser, lab: string, point: string): Promise<Capture> {
  const file = join(user.folder, "capture.pcapng");
  const recording = user.start(["capture", lab, point, "-w", file]);
  await recording.saying(/recording /);
  return {
    file,
    stop: async () => {
      recording.interrupt();
      expect((await recording.ended).code).toBe(0);
    },
  };
}

async function expectTooBig(
  user: LabUser,
  lab: string,
  one: NonNullable<Expectations["fragmentationNeeded"]>[number],
): Promise<void> {
  const { file, stop } = await capture(user, lab, `${one.from}:eth0`);
  await user.sh(lab, one.from, `busybox ping -c 2 -s ${one.size - echoHeaders} ${one.to}`);
  await stop();
  const answers = await framesShown(file, "icmp.type == 3 && icmp.code == 4");
  expect(answers.length).toBeGreaterThan(0);
  // The first of each field is the error's own, the second the quoted packet's.
  const [row = []] = await fieldsOf(file, answers, ["ip.src", "icmp.mtu", "ip.len", "ip.flags.df"]);
  const [source = "", mtu, length = "", df = ""] = row;
  expect([source.split(",")[0], mtu]).toEqual([one.answeredBy, String(one.nextMtu)]);
  expect([length.split(",")[1], df.split(",")[1]]).toEqual([String(one.size), "1"]);
}

async function expectRoundTrip(
  user: LabUser,
  lab: string,
  { from, to, atLeast, below }: NonNullable<Expectations["roundTrip"]>[number],
): Promise<void> {
  const text = await user.sh(lab, from, `busybox ping -c 5 ${to}`);
  const times = [...text.matchAll(/seq=[1-9]\d* .*time=([\d.]+) ms/g)].map(([, time]) =>
    Number(time),
  );
  expect(times.length, text).toBeGreaterThanOrEqual(3);
  // A busy machine adds to some of them; the shortest is the network's own.
  expect(Math.min(...times)).toBeGreaterThanOrEqual(Number.parseFloat(atLeast));
  expect(Math.min(...times)).toBeLessThan(Number.parseFloat(below));
}

async function expectStp(
  user: LabUser,
  lab: string,
  { root, rootPorts, states }: NonNullable<Expectations["stp"]>,
): Promise<void> {
  const rootPortOf = async (node: string): Promise<string | undefined> => {
    const [bridge] = await links(user, lab, node, "type bridge");
    const number = bridge?.linkinfo?.info_data?.root_port ?? 0;
    const ports = await links(user, lab, node, "type veth");
    // The low byte of a port id (IEEE 802.1D 9.2.7) is the port's number, the rest its priority.
    const isRoot = (id: string): boolean => (Number(id) & 0x3ff) === number;
    return ports.find(({ linkinfo }) => isRoot(linkinfo?.info_slave_data?.no ?? "0") && number > 0)
      ?.ifname;
  };
  expect(await rootPortOf(root)).toBeUndefined();
  for (const [node, port] of Object.entries(rootPorts)) expect(await rootPortOf(node)).toBe(port);
  for (const { switch: node, port, state } of states) {
    const text = await user.must(
      "exec",
      lab,
      node,
      "--",
      "bridge",
      "-j",
      "link",
      "show",
      "dev",
      port,
    );
    expect(JSON.parse(text), `${node}:${port}`).toMatchObject([{ state }]);
  }
}

/** An address that nobody has, so that nobody answers. */
const nobody = "172.16.0.99";

async function expectCopies(
  user: LabUser,
  lab: string,
  { from, at, copies }: NonNullable<Expectations["broadcast"]>[number],
): Promise<void> {
  const { file, stop } = await capture(user, lab, `${at}:eth0`);
  await user.run([
    "exec",
    lab,
    from,
    "--",
    "busybox",
    "arping",
    "-c",
    "1",
    "-w",
    "2",
    "-I",
    "eth0",
    nobody,
  ]);
  await stop();
  const filter = `arp.dst.proto_ipv4 == ${nobody} && eth.dst == ff:ff:ff:ff:ff:ff`;
  expect(await framesShown(file, filter)).toHaveLength(copies);
}

function withValues(text: string, values: Readonly<Record<string, string>>): string {
  const document = parse(text) as object;
  for (const [path, value] of Object.entries(values)) {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    let place = document as Record<string, unknown>;
    for (const key of keys) place = place[key] as Record<string, unknown>;
    place[last] = value;
  }
  return stringify(document);
}
