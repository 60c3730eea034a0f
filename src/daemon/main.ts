import { parseArgs } from "node:util";
import { runRecorder } from "../capture/recorder-main.ts";
import { controlSessions } from "../machine/guest/control-port.ts";
import { serveSocket } from "../machine/serve-socket.ts";
import { Prober } from "../traffic/prober.ts";
import { EchoServices } from "../traffic/services.ts";
import { keepServices } from "./kept-services.ts";
import { LabOnMachine } from "./lab-on-machine.ts";
import { Recorders } from "./recorders.ts";
import { type DaemonState, serveClient } from "./serve.ts";

/**
 * The daemon of a machine. `--socket PATH --journal PATH` serves clients on a socket of this machine; `--port PATH`
 * serves them one after the other on a guest's control port, of which there may be several; `--recorder` is the recorder, told on standard input what
 * to do. `--mark WORD` is for finding the process by.
 */
const { values } = parseArgs({
  options: {
    socket: { type: "string" },
    journal: { type: "string", default: "/run/lab-journal.jsonl" },
    port: { type: "string", multiple: true },
    recorder: { type: "boolean", default: false },
    mark: { type: "string" },
  },
});

if (values.recorder) await runRecorder(process.stdin, process.stdout);
else if (values.port !== undefined) {
  const state = daemonState();
  await servePorts(values.port, state);
} else if (values.socket !== undefined) {
  const state = daemonState();
  serveSocket(values.socket, (channel) => serveClient(channel, state));
}

function daemonState(): DaemonState {
  const services = keepServices(new EchoServices());
  const labs = new Map<string, LabOnMachine>();
  return {
    recorders: new Recorders(process.argv[1] ?? ""),
    prober: new Prober(),
    openLab: (name) => {
      const known = labs.get(name);
      if (known !== undefined) return known;
      const opened = new LabOnMachine(name, values.journal, services);
      labs.set(name, opened);
      return opened;
    },
    ownsClock: values.port !== undefined,
    quit: () => process.kill(process.pid, "SIGKILL"),
  };
}

/**
 * The last port is served once all that takes long is ready, which a snapshot of the guest waits for; that is begun when
 * the first client is there, so that a guest which boots answers no later for it.
 */
async function servePorts(paths: readonly string[], state: DaemonState): Promise<void> {
  const atOnce = Math.max(1, paths.length - 1);
  const { promise: hasClient, resolve: greeted } = Promise.withResolvers<void>();
  const serve = async (path: string): Promise<void> => {
    for await (const channel of controlSessions(path)) {
      serveClient(channel, state);
      greeted();
    }
  };
  const served = paths.slice(0, atOnce).map(serve);
  await hasClient;
  await state.recorders.warm();
  await Promise.all([...served, ...paths.slice(atOnce).map(serve)]);
}
