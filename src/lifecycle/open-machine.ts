import { randomUUID } from "node:crypto";
import { Journal } from "../apply/journal.ts";
import { type DaemonCaller, DaemonClient } from "../daemon/client.ts";
import { bundleProgram } from "../machine/bundle.ts";
import { makeFolder } from "../machine/files.ts";
import { connectGuest } from "../machine/guest/connect.ts";
import { startGuest } from "../machine/guest/start.ts";
import { wireNics } from "../machine/guest/wire-nic.ts";
import { lineChannel } from "../machine/line-channel.ts";
import { projectDirectory } from "../machine/project-directory.ts";
import { connectSocket, connectSoon, startDetached } from "../machine/start-daemon.ts";
import { labDirectory, makeLabDirectory } from "../machine/state-directory.ts";
import { LabError } from "../units/lab-error.ts";
import { Carriers } from "./carriers.ts";
import { type ClockOffset, setClocks } from "./clocks.ts";
import type { GuestRecord, LabRecord, MachineKind } from "./lab-record.ts";
import type { Layout } from "./layout.ts";
import { LabMachines, named } from "./machines.ts";

/** The machine that carries a lab, or several as if they were one, spoken to. */
export type OpenMachine = Disposable & {
  readonly client: DaemonCaller;
  readonly kernel: string;
  /** Only guests: what has to be remembered to speak to them again. */
  readonly guests?: readonly GuestRecord[];
  /** Before an assessment: several guests are set to one time, and every wire has its carrier. */
  prepare(): Promise<readonly ClockOffset[]>;
};

const daemonPatience = 10_000;

/** Starts the machines of a lab, noting in the journal what is about to run before it runs. */
export async function startMachine(
  lab: string,
  machine: MachineKind,
  layout: Layout,
  snapshot: "use" | "never" = "use",
): Promise<OpenMachine> {
  makeLabDirectory(lab);
  const bundle = await bundleProgram(projectDirectory(), "src/daemon/main.ts", "daemon");
  return machine === "local"
    ? await startLocal(lab, bundle.file)
    : await startInGuests(lab, bundle.file, layout, snapshot);
}

async function startLocal(lab: string, program: string): Promise<OpenMachine> {
  const { journal: journalPath, socket, daemonLog } = labDirectory(lab);
  using journal = new Journal(journalPath, lab);
  const mark = `lab-daemon-${randomUUID()}`;
  journal.write({ entry: "process-intent", role: "daemon", mark });
  const args = ["--socket", socket, "--journal", journalPath, "--mark", mark];
  const identity = startDetached(program, args, daemonLog);
  journal.write({ entry: "process", role: "daemon", identity });
  const stream = await connectSoon(identity, socket, daemonPatience, daemonLog);
  return await opened(lab, new DaemonClient(lineChannel(stream)));
}

/** Starts a lab's guests one after the other: the second of a kind finds the snapshot that the first has made. */
async function startInGuests(
  lab: string,
  daemon: string,
  layout: Layout,
  snapshot: "use" | "never",
): Promise<OpenMachine> {
  const guests: GuestRecord[] = [];
  for (const name of layout.machines) {
    guests.push(await startInGuest(lab, daemon, name, layout, snapshot));
  }
  return await connectGuests(lab, guests, layout);
}

async function startInGuest(
  lab: string,
  daemon: string,
  name: string,
  { machines, wires }: Layout,
  snapshot: "use" | "never",
): Promise<GuestRecord> {
  const directory = labDirectory(lab);
  using journal = new Journal(directory.journal, lab);
  const mark = `lab-guest-${randomUUID()}`;
  journal.write({ entry: "process-intent", role: "guest", mark });
  const isOnly = machines.length === 1;
  if (wires.length > 0) makeFolder(directory.wires, 0o700);
  const nics = wireNics(directory.wires, name, wires);
  const guest = await startGuest({
    mark,
    stateDirectory: isOnly ? directory.guest : `${directory.guests}/${name}`,
    exchangeDirectory: directory.exchange,
    projectDirectory: projectDirectory(),
    daemon,
    snapshot,
    hostname: isOnly ? lab : `${lab}-${name}`,
    ...(nics.length === 0 ? {} : { hardware: { nics } }),
  });
  const { pid, startTime, bootId } = guest;
  const identity = { pid, startTime, bootId };
  journal.write({ entry: "process", role: "guest", identity });
  const { controlSocket, exchangeInGuest, qmpSocket } = guest;
  return { name, controlSocket, qmpSocket, exchangeInGuest };
}

/** Speaks to the machines of a lab that is up. A daemon of this machine that has ended is started again. */
export async function connectMachine(record: LabRecord): Promise<OpenMachine> {
  const { lab, guests, layout } = record;
  if (guests !== undefined) return await connectGuests(lab, guests, layout);
  const stream = await connectSocket(labDirectory(lab).socket);
  if (stream === undefined) return await startMachine(lab, "local", layout);
  return await opened(lab, new DaemonClient(lineChannel(stream)));
}

/** Speaks to the machine that has a namespace, whatever has become of the others. */
export async function connectMachineOf(record: LabRecord, namespace: string): Promise<OpenMachine> {
  const { guests = [], layout } = record;
  if (guests.length < 2) return await connectMachine(record);
  const own = guests.filter(({ name }) => name === layout.placement[namespace]);
  return await connectGuests(record.lab, own, layout);
}

async function connectGuests(
  lab: string,
  guests: readonly GuestRecord[],
  layout: Layout,
): Promise<OpenMachine> {
  using failed = new DisposableStack();
  const clients = new Map<string, DaemonClient>();
  for (const { name, controlSocket } of guests) {
    clients.set(
      name,
      failed.use(await connectOne(name, controlSocket, layout.machines.length > 1)),
    );
  }
  const [only] = clients.values();
  const open =
    only !== undefined && clients.size === 1
      ? await opened(lab, only)
      : await openedAll(lab, clients, guests, layout);
  failed.move();
  return { ...open, guests };
}

async function connectOne(
  name: string,
  controlSocket: string,
  isOneOfSeveral: boolean,
): Promise<DaemonClient> {
  try {
    return new DaemonClient(lineChannel(await connectGuest(controlSocket)));
  } catch (error) {
    throw isOneOfSeveral && error instanceof LabError ? named(name, error) : error;
  }
}

async function openedAll(
  lab: string,
  clients: ReadonlyMap<string, DaemonClient>,
  guests: readonly GuestRecord[],
  { wires, placement }: Layout,
): Promise<OpenMachine> {
  const sockets = new Map(guests.map(({ name, qmpSocket }) => [name, qmpSocket]));
  const carriers = new Carriers(wires, placement, sockets);
  const kernels = await Promise.all(
    [...clients.values()].map(async (client) => (await client.call("hello", { lab })).kernel),
  );
  const client = new LabMachines(clients, placement, carriers);
  return {
    client,
    kernel: kernels[0] ?? "",
    prepare: async () => {
      await carriers.restoreAll();
      return await setClocks(lab, clients);
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

async function opened(lab: string, client: DaemonClient): Promise<OpenMachine> {
  const { kernel } = await client.call("hello", { lab });
  return {
    client,
    kernel,
    prepare: async () => [],
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}
