import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { complaints, findingsOf, LabUser, outcomesOf } from "../e2e/lab-user.ts";

/** What `run.json` keeps of each guest's clock, in nanoseconds. */
type Clock = { readonly machine: string; readonly after: string; readonly uncertainty: string };

const lab = "two-guests";
const file = `topologies/${lab}.yml`;
const patience = 300_000;
let user: LabUser;

beforeAll(() => {
  user = new LabUser();
});

afterAll(async () => {
  await user[Symbol.asyncDispose]();
}, 60_000);

/** Process numbers of this user's guests by the name of their machine. */
function guests(): ReadonlyMap<string, number> {
  return new Map(
    user.processes().flatMap((line): readonly (readonly [string, number])[] => {
      const machine = /qemu-system.*\/guests\/([^/]+)\/qmp/.exec(line)?.[1];
      return machine === undefined ? [] : [[machine, Number.parseInt(line, 10)]];
    }),
  );
}

test(
  "a lab in two guests is judged as in one, each guest records its own points, and nothing is left",
  async () => {
    const { code, result } = await user.assess("run", file);
    expect(outcomesOf(result), complaints(result).join("\n")).toMatchObject({
      "VM-VN-R1": "pass",
      "VM-MP-R3": "not-applicable",
      "VM-TM-R1": "pass",
      reachability: "pass",
    });
    expect(code).toBe(0);
    const across = findingsOf(result).filter(({ subject }) => /web[12].*web[12]/.test(subject));
    expect(across.length).toBeGreaterThan(0);
    const [run = ""] = user.runs();
    const points = readdirSync(join(run, "points"));
    expect(points).toEqual(expect.arrayContaining(["web1.pcapng", "web2.pcapng"]));
    const { clocks } = JSON.parse(readFileSync(join(run, "run.json"), "utf8")) as {
      readonly clocks: readonly Clock[];
    };
    expect(clocks.map(({ machine }) => machine)).toEqual(["left", "right"]);
    for (const { after, uncertainty } of clocks) {
      expect(Math.abs(Number(after))).toBeLessThan(100e6);
      expect(Number(uncertainty)).toBeGreaterThan(0);
    }
    expect(user.remembered()).toEqual([]);
    expect(user.processes()).toEqual([]);
  },
  patience,
);

describe("a lab in two guests that is up", () => {
  beforeAll(async () => {
    await user.must("up", file);
  }, patience);

  test(
    "frames of one VLAN cross with their full size, and what is read back is what the file says",
    async () => {
      expect([...guests().keys()].sort()).toEqual(["left", "right"]);
      const ping = (to: string): Promise<string> =>
        user.sh(lab, "web1", `ping -c 3 -i 0.2 -W 2 -s 1472 -M do ${to} | grep received || true`);
      expect(await ping("10.70.0.3")).toContain(" 3 received");
      expect(await ping("10.70.0.4")).toContain(" 0 received");
      expect(await user.must("up", file)).toContain("nothing to do");
      expect(await user.must("inspect", lab)).not.toContain("differs:");
    },
    patience,
  );

  test(
    "an end of a wire that is changed by hand is drift, and is mended",
    async () => {
      await user.sh(lab, "sw1", "ip link set sw2 mtu 1400 nomaster down");
      expect(await user.must("inspect", lab)).toContain("differs: ip -n lab-two-guests-sw1");
      await user.must("up", file, "--repair");
      expect(await user.must("inspect", lab)).not.toContain("differs:");
    },
    patience,
  );

  test(
    "another placement is refused while the lab is up; the same one is not",
    async () => {
      const moved = join(user.folder, "moved.yml");
      const text = readFileSync(file, "utf8");
      writeFileSync(moved, text.replaceAll("machine: right", "machine: elsewhere"));
      const refused = await user.run(["up", moved]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain("LAB_E_LAYOUT_CHANGED");
      writeFileSync(moved, text);
      expect((await user.run(["up", moved])).code).toBe(0);
      // Another lab, which is not up and therefore has its machines still before it.
      writeFileSync(moved, text.replace(`name: ${lab}`, "name: elsewhere"));
      const local = await user.run(["plan", moved, "--machine", "local"]);
      expect(local.code).toBe(2);
      expect(local.stderr).toContain("LAB_E_MACHINE_PLACED");
      expect((await user.run(["plan", moved, "--machine", "qemu"])).code).toBe(0);
    },
    patience,
  );

  // The last one: the lab is gone after it.
  test(
    "when one guest is killed the other one's nodes still answer, the error names the guest, and down leaves nothing",
    async () => {
      const pid = guests().get("right") ?? Number.NaN;
      process.kill(pid, "SIGKILL");
      expect(await user.sh(lab, "web1", "echo here")).toBe("here\n");
      const gone = await user.run(["exec", lab, "web2", "--", "true"]);
      expect(gone.code).toBe(4);
      expect(gone.stderr).toContain("guest right:");
      const unread = await user.run(["inspect", lab]);
      expect(unread.code).toBe(4);
      expect(unread.stderr).toContain("guest right:");
      await user.must("down", lab);
      expect(user.remembered()).toEqual([]);
      expect(user.processes()).toEqual([]);
    },
    patience,
  );
});

const team = `
name: team-across
# Whether it resumes at all is what is asked; two emulated guests may stand still for most of a second on a busy machine.
failoverWithin: 4s
vlans:
  web: { id: 10, ipv4: 10.71.0.0/24 }
switches:
  tor1: { machine: fabric, ports: &ports { hv1: { trunk: [web] }, hv2: { trunk: [web] }, peer: { trunk: [web] } } }
  tor2: { machine: fabric, ports: *ports }
hosts:
  hv1:
    machine: left
    nics: [p0, p1]
    bonds: &bonds { bond0: { members: [p0, p1], mii: 100ms, primary: p0 } }
    switches: &switches { vs0: { uplink: bond0, portGroups: [web] } }
  hv2: { machine: fabric, nics: [p0, p1], bonds: *bonds, switches: *switches }
workloads:
  web1: { host: hv1, portGroup: web }
  web2: { host: hv2, portGroup: web }
links:
  - [tor1:hv1, hv1:p0]
  - [tor2:hv1, hv1:p1]
  - [tor1:hv2, hv2:p0]
  - [tor2:hv2, hv2:p1]
  - [tor1:peer, tor2:peer]
`;

test(
  "a team whose switches are in the other guest loses carrier with a switch and resumes; a silent switch it does not notice",
  async () => {
    const path = join(user.folder, "team.yml");
    writeFileSync(path, team);
    const { result } = await user.assess("run", path, "VM-MP-R3", "VM-VN-R1");
    const outcome = new Map(findingsOf(result).map(({ subject, outcome: is }) => [subject, is]));
    // The sweep is a burst of one frame for each VLAN: a wire loses none of them.
    expect(outcomesOf(result)["VM-VN-R1"], complaints(result).join("\n")).toBe("pass");
    const pair = "hv1:bond0 <-> hv2:bond0";
    expect(outcome.get(`${pair}, tor1 down`), complaints(result).join("\n")).toBe("pass");
    expect(outcome.get(`${pair}, tor2 down`), complaints(result).join("\n")).toBe("pass");
    expect([outcome.get(`${pair}, tor1 silent`), outcome.get(`${pair}, tor2 silent`)]).toContain(
      "fail",
    );
  },
  patience,
);
