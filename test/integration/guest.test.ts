import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleProgram } from "../../src/machine/bundle.ts";
import { connectGuest } from "../../src/machine/guest/connect.ts";
import type { GuestOptions } from "../../src/machine/guest/prepare.ts";
import { findGuests, stopGuest } from "../../src/machine/guest/process.ts";
import { connected } from "../../src/machine/guest/qmp.ts";
import { type Guest, startGuest } from "../../src/machine/guest/start.ts";
import { type LineChannel, lineChannel } from "../../src/machine/line-channel.ts";
import { isAlive } from "../../src/machine/process-identity.ts";
import { LabError } from "../../src/units/lab-error.ts";

const project = join(import.meta.dirname, "../..");
const base = mkdtempSync(join(tmpdir(), "lab-guest-"));
const marks: string[] = [];
let daemon = "";
let guest: Guest;

beforeAll(async () => {
  daemon = (await bundleProgram(project, "test/integration/guest-daemon.ts", "guest-test")).file;
  guest = await timed("first start of a kind, or from its snapshot", startGuest(options("main")));
}, 120_000);

afterAll(async () => {
  for (const mark of marks) for (const found of await findGuests(mark)) await stopGuest(found);
  rmSync(base, { recursive: true, force: true });
});

function options(name: string, more: Partial<GuestOptions> = {}): GuestOptions {
  const mark = `lab-test-${process.pid}-${name}`;
  marks.push(mark);
  return {
    mark,
    daemon,
    stateDirectory: join(base, name),
    exchangeDirectory: join(base, name, "exchange"),
    projectDirectory: project,
    hostname: name,
    ...more,
  };
}

async function timed<Value>(what: string, work: Promise<Value>): Promise<Value> {
  const begin = performance.now();
  const value = await work;
  process.stdout.write(`  ${what}: ${((performance.now() - begin) / 1000).toFixed(2)} s\n`);
  return value;
}

type Answer = { readonly code: number; readonly stdout: string; readonly stderr: string };

function nextLine(channel: LineChannel): Promise<string> {
  return new Promise((resolve, reject) => {
    channel.onLine(resolve);
    channel.onClose(() => reject(new Error("the channel closed before an answer came")));
  });
}

/** Asks the daemon in a guest, in a session of its own. */
async function ask<Reply>(place: Guest, request: object): Promise<Reply> {
  const channel = lineChannel(await connectGuest(place.controlSocket));
  try {
    const answer = nextLine(channel);
    channel.send(JSON.stringify(request));
    return JSON.parse(await answer) as Reply;
  } finally {
    channel.close();
  }
}

const inside = (place: Guest, command: string): Promise<Answer> => ask(place, { command });

const output = async (place: Guest, command: string): Promise<string> => {
  const { code, stdout, stderr } = await inside(place, command);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout.trim();
};

/** Ends a session; when this returns its port is free, so that the next client is the next one on that port. */
async function left(session: Duplex): Promise<void> {
  session.destroy();
  await once(session, "close");
}

test("a guest starts from its snapshot, runs Node and knows its name and the time", async () => {
  const second = await timed("from the snapshot", startGuest(options("second")));
  expect(second.started).toBe("snapshot");
  expect(await output(second, "hostname")).toBe("second");
  expect(await output(second, "uname -r")).toMatch(/^\d+\./);
  const clock = Number(await output(second, "date +%s"));
  expect(Math.abs(clock - Date.now() / 1000)).toBeLessThan(10);
  await stopGuest(second);
  expect(isAlive(second)).toBe(false);
  expect(await findGuests(second.mark)).toEqual([]);
});

test("a guest starts cold", async () => {
  const cold = await timed("cold", startGuest(options("cold", { snapshot: "never" })));
  expect(cold.started).toBe("cold");
  expect(await output(cold, "hostname")).toBe("cold");
  await stopGuest(cold);
});

test("two guests run at once with random numbers, names and folders of their own", async () => {
  const other = await startGuest(options("other"));
  const random = (place: Guest) => ask<{ random: string }>(place, { random: true });
  expect(await random(guest)).not.toEqual(await random(other));
  const kernelRandom = "head -c 16 /dev/urandom | sha256sum";
  expect(await output(guest, kernelRandom)).not.toBe(await output(other, kernelRandom));
  await output(guest, `echo main >${guest.exchangeInGuest}/name`);
  await output(other, `echo other >${other.exchangeInGuest}/name`);
  expect(readFileSync(join(guest.exchangeDirectory, "name"), "utf8")).toBe("main\n");
  expect(readFileSync(join(other.exchangeDirectory, "name"), "utf8")).toBe("other\n");
  await stopGuest(other);
  expect(isAlive(guest)).toBe(true);
});

test("a client that leaves in the middle of a line does not disturb the next one", async () => {
  const rude = await connectGuest(guest.controlSocket);
  rude.write('{"command":"echo half a li');
  await left(rude);
  expect(await output(guest, "echo whole")).toBe("whole");
});

test("answers to a client that has left do not reach the next one", async () => {
  const rude = await connectGuest(guest.controlSocket);
  rude.write(
    `${JSON.stringify({ command: "sleep 0.2; echo stale" })}\n${JSON.stringify({ size: 3_000_000 })}\n`,
  );
  await left(rude);
  expect(await output(guest, "sleep 0.4; echo fresh")).toBe("fresh");
});

test("a long answer comes whole", async () => {
  const { text } = await ask<{ text: string }>(guest, { size: 2_000_000 });
  expect(text.length).toBe(2_000_000);
});

test("nothing of this machine but the exchange folder can be written to from within", async () => {
  const name = `lab-test-${process.pid}`;
  const shared = ["/usr", "/usr/bin", join(project, "node_modules")];
  for (const folder of shared) {
    await inside(guest, `mount -o remount,rw ${folder}; mount -o remount,rw /usr`);
    const { code } = await inside(guest, `touch ${folder}/${name}`);
    expect(code, `touch in ${folder}`).toBe(1);
    expect(existsSync(join(folder, name)), folder).toBe(false);
  }
  await output(guest, `touch ${guest.exchangeInGuest}/${name}`);
  expect(existsSync(join(guest.exchangeDirectory, name))).toBe(true);
});

test("a set-user-id program made in the exchange folder is none out here", async () => {
  const path = `${guest.exchangeInGuest}/root-shell`;
  await output(guest, `cp /bin/true ${path} && chmod 4755 ${path}`);
  expect(await output(guest, `stat -c %a ${path}`)).toBe("4755");
  expect(statSync(join(guest.exchangeDirectory, "root-shell")).mode & 0o7777).toBe(0o600);
});

test("the guest sees no secrets and no people of this machine", async () => {
  const listing = await output(guest, "ls -A /etc /root /home; cut -d: -f3 /etc/passwd");
  expect(listing).not.toMatch(/shadow|ssh/);
  expect(listing).toMatch(/passwd/);
});

test("bonding, VLANs, VLAN-aware bridges, netem and nftables work in there", async () => {
  const commands = [
    "ip netns add t",
    "ip -n t link add d0 type dummy",
    "ip -n t link add bond7 type bond mode active-backup miimon 10",
    "ip -n t link set d0 master bond7",
    "ip -n t link add link bond7 name bond7.5 type vlan id 5",
    "ip -n t link add br7 type bridge vlan_filtering 1",
    "ip -n t link add v0 type vxlan id 42 dstport 4789 local 192.0.2.1 nolearning",
    "ip netns exec t tc qdisc add dev bond7 root netem delay 5ms",
    "ip netns exec t nft add table bridge filter",
    "ip netns exec t nft add table inet filter",
    "cat /proc/modules | cut -d' ' -f1 | tr '\\n' ' '",
    "ip netns del t",
  ];
  const modules = await output(guest, `set -e; ${commands.join("; ")}`);
  expect(modules).toContain("bonding");
  // Drivers that would put a first device into each network were told not to.
  expect(await output(guest, "ip -br link | cut -d' ' -f1")).toBe("lo");
});

test("a guest whose daemon ends is gone, and so is one that was killed from outside", async () => {
  const doomed = await startGuest(options("doomed"));
  await inside(doomed, "kill -9 $PPID").catch(() => undefined);
  await expect.poll(() => isAlive(doomed), { timeout: 10_000 }).toBe(false);
  const killed = await startGuest(options("killed"));
  process.kill(killed.pid, "SIGKILL");
  await expect.poll(() => isAlive(killed), { timeout: 10_000 }).toBe(false);
  await stopGuest(killed);
  expect(await findGuests(killed.mark)).toEqual([]);
});

test("a process of the same number that started at another time is left alone", async () => {
  await stopGuest({ ...guest, startTime: `${Number(guest.startTime) - 1}` });
  expect(isAlive(guest)).toBe(true);
  expect((await findGuests(guest.mark)).map(({ pid }) => pid)).toEqual([guest.pid]);
});

test("when the kernel panics the error shows the console's last lines and leaves no process", async () => {
  const broken = options("broken", {
    snapshot: "never",
    kernelWords: "rdinit=/nowhere",
  });
  const error = await startGuest(broken).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(LabError);
  expect((error as LabError).message).toMatch(/Kernel panic/);
  expect((error as LabError).fix).toContain(join(broken.stateDirectory, "console.log"));
  expect(await findGuests(broken.mark)).toEqual([]);
});

test("four clients are served at once, a fifth is told so and served when one has left", async () => {
  const clients = await Promise.all([1, 2, 3, 4].map(() => connectGuest(guest.controlSocket)));
  const answers = clients.map((client, number) => {
    const channel = lineChannel(client);
    const answer = nextLine(channel);
    // The last one answers first: none waits for another.
    channel.send(JSON.stringify({ command: `sleep 0.${4 - number}; echo ${number}` }));
    return answer;
  });
  await expect(connectGuest(guest.controlSocket)).rejects.toMatchObject({
    code: "LAB_E_GUEST_SILENT",
    message: expect.stringContaining("4 sessions"),
  });
  const first = await Promise.race(answers);
  expect(JSON.parse(first)).toMatchObject({ stdout: "3\n" });
  const all = (await Promise.all(answers)).map((text) => (JSON.parse(text) as Answer).stdout);
  expect(all).toEqual(["0\n", "1\n", "2\n", "3\n"]);
  await Promise.all(clients.map(left));
  expect(await output(guest, "echo my turn")).toBe("my turn");
});

test("state folders are closed to others, and a snapshot is never left half made", async () => {
  expect(statSync(join(base, "main")).mode & 0o777).toBe(0o700);
  await expect(connected(join(base, "main", "nothing"))).rejects.toThrow();
  expect(readdirSync(join(base, "main"))).toContain("control.0");
});
