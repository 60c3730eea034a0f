import { afterAll, beforeAll, expect, test } from "vitest";
import { complaints, findingsOf, LabUser, outcomesOf } from "./lab-user.ts";

/** Plain commands in the nodes of a lab that is up, and what the next assessment says of them. */
const user = new LabUser();
const lab = "three-tier";
const file = "topologies/three-tier.yml";

beforeAll(async () => {
  await user.must("up", file);
}, 120_000);

afterAll(async () => {
  await user[Symbol.asyncDispose]();
});

/** Parts that differ from the file, as commands that would mend them. */
async function drift(): Promise<readonly unknown[]> {
  const text = await user.must("inspect", lab, "--json");
  return (JSON.parse(text) as { readonly drift: readonly unknown[] }).drift;
}

type Deed = {
  readonly what: string;
  readonly node: string;
  readonly change: string;
  readonly undo: string;
  readonly check: string;
  /** Of the findings that fail: every subject, and a word of what was seen. */
  readonly failing: Readonly<Record<string, RegExp>>;
};

const mirror = "pref 10 matchall action mirred egress mirror dev ids1-eth0 continue";

const deeds: readonly Deed[] = [
  {
    what: "a surplus VLAN on a trunk",
    ...{ node: "tor1", check: "VM-VN-R1" },
    change: "bridge vlan add dev hv1 vid 30",
    undo: "bridge vlan del dev hv1 vid 30",
    failing: {
      "tor1:hv1 to hv1:p0": /^surplus VLAN 30$/,
      "hv1:p0 to tor1:hv1": /^surplus VLAN 30$/,
    },
  },
  {
    what: "a VLAN that is missing on a trunk",
    ...{ node: "tor2", check: "VM-VN-R1" },
    change: "bridge vlan del dev hv2 vid 20",
    undo: "bridge vlan add dev hv2 vid 20",
    failing: {
      "tor2:hv2 to hv2:p1": /^missing VLAN 20$/,
      "hv2:p1 to tor2:hv2": /^missing VLAN 20$/,
    },
  },
  {
    what: "PVID 1 on a trunk",
    ...{ node: "tor2", check: "VM-VN-R1" },
    change: "bridge vlan add dev hv1 vid 1 pvid untagged",
    undo: "bridge vlan del dev hv1 vid 1",
    failing: {
      "tor2:hv1 to hv1:p1": /^VLAN 1 arrives untagged$/,
      "hv1:p1 to tor2:hv1": /^surplus VLAN 1$/,
      "hv1:p1 to tor2:hv1 untagged frame": /with tag 1$/,
      "hv1:p1 to tor2:hv1 priority tag": /with tag 1$/,
    },
  },
  {
    what: "a mirror that has lost what its source sends",
    ...{ node: "hv1", check: "VM-TM-R1" },
    change: "tc filter del dev web1-eth0 ingress",
    undo: `tc filter add dev web1-eth0 ingress ${mirror}`,
    failing: {
      "web1:eth0 outgoing (with web2:eth0)": /^0 of \d+ copies at ids1:eth0/,
      "web1:eth0 outgoing (with app1:eth0)": /^\d of \d+ copies at ids1:eth0/,
      "app1:eth0 incoming (with web1:eth0)": /^\d of \d+ copies at ids1:eth0/,
    },
  },
  {
    what: "a router whose rules are gone",
    ...{ node: "gw", check: "reachability" },
    change: "nft list ruleset > /run/kept.nft && nft flush ruleset",
    undo: "nft -f /run/kept.nft",
    failing: {
      "web1:eth0 -> db1:eth0 icmp": /^\d+ frames? at db1:eth0$/,
      "db1:eth0 -> app2:eth0 tcp/8080 (IPv6)": /^\d+ frames? at app2:eth0$/,
    },
  },
];

test.each(deeds)("$what turns $check red", async (deed) => {
  await user.sh(lab, deed.node, deed.change);
  const { code, result } = await user.assess("assess", lab, deed.check);
  await user.sh(lab, deed.node, deed.undo);
  expect(await drift()).toEqual([]);

  const failed = findingsOf(result).filter(({ outcome }) => outcome === "fail");
  for (const [subject, observed] of Object.entries(deed.failing)) {
    const found = failed.find((finding) => finding.subject === subject);
    expect(found?.observed, `${subject}\n${complaints(result).join("\n")}`).toMatch(observed);
  }
  if (deed.check !== "reachability") {
    expect(failed.map(({ subject }) => subject).sort()).toEqual(Object.keys(deed.failing).sort());
  } else {
    // Every forbidden way between segments, and none of the allowed ones.
    expect(new Set(failed.map(({ expected }) => expected.split(" ")[0]))).toEqual(new Set(["no"]));
  }
  expect(code).toBe(1);
});

/** Waits until a condition, a shell command in a node, holds. */
async function until(node: string, condition: string): Promise<void> {
  await user.sh(
    lab,
    node,
    `for i in $(seq 100); do ${condition} && exit 0; sleep 0.1; done; exit 1`,
  );
}

test("a bond member whose link is down for good turns VM-MP-R3 red", async () => {
  await user.sh(lab, "hv1", "ip link set p1 down");
  const { code, result } = await user.assess("assess", lab, "VM-MP-R3");
  await user.sh(lab, "hv1", "ip link set p1 up");
  await until("hv1", "ip -d link show p1 | grep -q 'mii_status UP'");
  expect(await drift()).toEqual([]);
  const failed = findingsOf(result).filter(({ outcome }) => outcome === "fail");
  expect(failed.map(({ subject }) => subject)).toContainEqual(
    expect.stringMatching(/^hv1:bond0 <-> hv2:bond0, tor1 (down|silent)$/),
  );
  expect(code).toBe(1);
});

test("with all of it taken back everything passes again", async () => {
  const { code, result } = await user.assess("assess", lab);
  expect(complaints(result)).toEqual([]);
  expect(outcomesOf(result)).toMatchObject({
    ...{ "VM-VN-R1": "pass", "VM-MP-R3": "pass", "VM-TM-R1": "pass", reachability: "pass" },
  });
  expect(code).toBe(0);
});

/** Waits for the recorder's process, and ends it when the node's kernel has opened a TCP connection. */
const killRecorder = `
  opened() { awk '/^Tcp: [0-9-]/ { print $6 }' /proc/net/snmp; }
  before=$(opened)
  until [ -n "$found" ]; do
    sleep 0.02
    found=$(grep -al -e '[-]-recorder' /proc/[0-9]*/cmdline 2> /dev/null | head -n 1)
  done
  process=\${found#/proc/}
  while [ "$(opened)" = "$before" ]; do sleep 0.02; done
  kill -9 \${process%/cmdline} && echo killed \${process%/cmdline}`;

test("a recorder that is killed makes the outcome inconclusive, exit 3", async () => {
  const [killed, { code, result }] = await Promise.all([
    user.sh(lab, "web1", killRecorder),
    user.assess("assess", lab, "reachability"),
  ]);
  expect(killed).toMatch(/^killed \d+$/m);
  expect(outcomesOf(result)).toEqual({ reachability: "inconclusive" });
  const observed = findingsOf(result).map((finding) => finding.observed);
  expect(observed).toContainEqual(expect.stringContaining("recording"));
  expect(code).toBe(3);
});

test("a sender whose NIC is down makes what it should have shown inconclusive, exit 3", async () => {
  await user.sh(lab, "web1", "ip link set eth0 down");
  const { code, result } = await user.assess("assess", lab, "VM-VN-R1");
  await user.sh(lab, "web1", "ip link set eth0 up");
  expect(outcomesOf(result)).toEqual({ "VM-VN-R1": "inconclusive" });
  const own = findingsOf(result).filter(({ subject }) => subject.startsWith("web1:eth0 "));
  expect(own.length).toBeGreaterThan(0);
  for (const { outcome } of own) expect(outcome).toBe("inconclusive");
  expect(code).toBe(3);
});

test("lab up tells of what differs, and --repair mends it", async () => {
  // The kernel takes the routes of an interface that goes down away, and leaves putting them back to others.
  expect((await drift()).length).toBeGreaterThan(0);
  const told = await user.run(["up", file]);
  expect(told.stderr).toMatch(/differs: ip .*route/);
  expect(told.stdout).toMatch(/^lab "three-tier" is up; 2 parts differ from the file/);
  await user.must("up", file, "--repair");
  expect(await drift()).toEqual([]);
});

test("an intended interface that is gone fails as absent, and --repair brings it back", async () => {
  await user.sh(lab, "web1", "ip link del eth0");
  const gone = await user.assess("assess", lab, "reachability", "VM-TM-R1");
  const toWeb1 = findingsOf(gone.result).filter(({ subject }) =>
    subject.includes("web2:eth0 -> web1:eth0"),
  );
  expect(toWeb1.length).toBeGreaterThan(0);
  for (const { outcome, observed } of toWeb1) {
    expect({ outcome, observed }).toEqual({
      outcome: "fail",
      observed: expect.stringMatching(/^absent: web1:eth0/),
    });
  }
  expect(outcomesOf(gone.result)).toEqual({ "VM-TM-R1": "fail", reachability: "fail" });
  expect(gone.code).toBe(1);
  await user.must("up", file, "--repair");
  expect(await drift()).toEqual([]);
  const back = await user.assess("assess", lab, "reachability", "VM-TM-R1");
  expect(complaints(back.result)).toEqual([]);
  expect(back.code).toBe(0);
});
