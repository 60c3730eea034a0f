import { randomUUID } from "node:crypto";
import { Journal } from "../apply/journal.ts";
import { DaemonClient } from "../daemon/client.ts";
import { bundleProgram } from "../machine/bundle.ts";
import { connectGuest } from "../machine/guest/connect.ts";
import { startGuest } from "../machine/guest/start.ts";
import { lineChannel } from "../machine/line-channel.ts";
import { projectDirectory } from "../machine/project-directory.ts";
import { connectSocket, connectSoon, startDetached } from "../machine/start-daemon.ts";
import { labDirectory, makeLabDirectory } from "../machine/state-directory.ts";
import type { LabRecord, MachineKind } from "./lab-record.ts";

/** A machine that carries a lab, spoken to. */
export type OpenMachine = Disposable & {
  readonly client: DaemonClient;
  readonly kernel: string;
  /** Only guests: what has to be remembered to speak to it again. */
  readonly guest?: NonNullable<LabRecord["guest"]>;
};

const daemonPatience = 10_000;

/** Starts the machine of a lab, noting in the journal what is about to run before it runs. */
export async function startMachine(
  lab: string,
  machine: MachineKind,
  snapshot: "use" | "never" = "use",
): Promise<OpenMachine> {
  makeLabDirectory(lab);
  const bundle = await bundleProgram(projectDirectory(), "src/daemon/main.ts", "daemon");
  return machine === "local"
    ? await startLocal(lab, bundle.file)
    : await startInGuest(lab, bundle.file, snapshot);
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

async function startInGuest(
  lab: string,
  daemon: string,
  snapshot: "use" | "never",
): Promise<OpenMachine> {
  const directory = labDirectory(lab);
  using journal = new Journal(directory.journal, lab);
  const mark = `lab-guest-${randomUUID()}`;
  journal.write({ entry: "process-intent", role: "guest", mark });
  const guest = await startGuest({
    mark,
    stateDirectory: directory.guest,
    exchangeDirectory: directory.exchange,
    projectDirectory: projectDirectory(),
    daemon,
    snapshot,
    hostname: lab,
  });
  const { pid, startTime, bootId } = guest;
  const identity = { pid, startTime, bootId };
  journal.write({ entry: "process", role: "guest", identity });
  const { controlSocket, exchangeInGuest } = guest;
  const client = new DaemonClient(lineChannel(await connectGuest(controlSocket)));
  return { ...(await opened(lab, client)), guest: { controlSocket, exchangeInGuest } };
}

/** Speaks to the machine of a lab that is up. A daemon of this machine that has ended is started again. */
export async function connectMachine(record: LabRecord): Promise<OpenMachine> {
  const { lab, guest } = record;
  if (guest !== undefined) {
    const client = new DaemonClient(lineChannel(await connectGuest(guest.controlSocket)));
    return { ...(await opened(lab, client)), guest };
  }
  const stream = await connectSocket(labDirectory(lab).socket);
  if (stream === undefined) return await startMachine(lab, "local");
  return await opened(lab, new DaemonClient(lineChannel(stream)));
}

async function opened(lab: string, client: DaemonClient): Promise<OpenMachine> {
  const { kernel } = await client.call("hello", { lab });
  return { client, kernel, [Symbol.dispose]: () => client[Symbol.dispose]() };
}
