import type { RecorderResult } from "../capture/recorder.ts";
import { kernelRelease } from "../machine/kernel-release.ts";
import type { LineChannel } from "../machine/line-channel.ts";
import { bootId } from "../machine/process-identity.ts";
import type { ProgramInput } from "../machine/run-program.ts";
import { stepWallClock, wallClock } from "../machine/wall-clock.ts";
import type { Prober } from "../traffic/prober.ts";
import { StreamReceivers } from "../traffic/stream-receiver.ts";
import { LabError } from "../units/lab-error.ts";
import { readCapabilities } from "./capabilities.ts";
import { execute, writeInput } from "./exec.ts";
import { readFact } from "./facts.ts";
import type { LabOnMachine } from "./lab-on-machine.ts";
import type { Recorders, Recording } from "./recorders.ts";
import { type Handlers, serveSession } from "./session.ts";
import { settle } from "./settle.ts";

/** What all sessions of a daemon share. */
export type DaemonState = {
  readonly recorders: Recorders;
  readonly prober: Prober;
  /** The lab of this machine; made at the first `hello`. */
  openLab(lab: string): LabOnMachine;
  /** Whether the clock is the lab's alone to set: in a guest. */
  readonly ownsClock: boolean;
  quit(): void;
};

/** Serves one client. What it began and did not end is ended when it goes: recordings stop, changes are taken back. */
export function serveClient(channel: LineChannel, state: DaemonState): void {
  const changes = new Map<string, () => void>();
  const gone = new AbortController();
  const receivers = new StreamReceivers();
  const inputs = new Map<string, ProgramInput>();
  let recording: Recording | undefined;
  let lab: LabOnMachine | undefined;

  const mine = (): LabOnMachine => {
    if (lab !== undefined) return lab;
    throw new LabError("LAB_E_DAEMON_HELLO", "the client has not said which lab it means", {
      fix: "this is a fault of the client: `hello` comes first",
    });
  };
  const takeBack = (id: string): void => {
    changes.get(id)?.();
    changes.delete(id);
  };
  const stopRecording = async (): Promise<RecorderResult> => {
    const current = recording;
    recording = undefined;
    return (await current?.stop()) ?? { points: [], failures: [] };
  };

  const handlers: Handlers = {
    hello: (params) => {
      lab = state.openLab(params.lab);
      return { pid: process.pid, bootId: bootId(), kernel: kernelRelease(), clock: now() };
    },
    capabilities: ({ wanted }) => readCapabilities(wanted),
    read: ({ desired }) => mine().read(desired),
    apply: ({ operations }) => {
      mine().apply(operations);
      return { applied: operations.length };
    },
    "change-begin": ({ id, operations }) => {
      const began = now();
      changes.set(id, mine().beginChange(id, operations));
      return { at: began };
    },
    "change-end": ({ id }) => {
      takeBack(id);
      return { at: now() };
    },
    "record-start": async ({ points, directory }) => {
      await stopRecording();
      recording = await state.recorders.record(points, directory);
      return {};
    },
    "record-stop": stopRecording,
    ...trafficHandlers(state, receivers),
    facts: ({ requests }) => requests.map(readFact),
    settle: ({ deadlineMs }) => settle(mine().namespaces(), deadlineMs),
    exec: (params, emit) => execute(params, emit, gone.signal, inputs),
    "exec-input": (params) => writeInput(params, inputs),
    quit: () => {
      setImmediate(state.quit);
      return {};
    },
  };
  serveSession(channel, handlers);
  channel.onClose(() => {
    gone.abort();
    receivers[Symbol.dispose]();
    recording?.[Symbol.dispose]();
    for (const id of [...changes.keys()].reverse()) {
      try {
        takeBack(id);
      } catch (error) {
        // Nobody is there to be told; the change stays open in the journal and the log says why.
        process.stderr.write(`cannot take back change ${id}: ${String(error)}\n`);
      }
    }
  });
}

type TrafficMethod = "send" | "receive-start" | "receive-stop" | "clock-step";

function trafficHandlers(
  state: DaemonState,
  receivers: StreamReceivers,
): Pick<Handlers, TrafficMethod> {
  return {
    send: ({ requests }) => state.prober.send(requests),
    "receive-start": ({ requests }) => receivers.open(requests),
    "receive-stop": ({ indexes }) => receivers.close(indexes),
    "clock-step": ({ by }) => {
      if (!state.ownsClock) throw notMyClock();
      stepWallClock(BigInt(by));
      return {};
    },
  };
}

function notMyClock(): LabError {
  return new LabError("LAB_E_DAEMON_CLOCK", "the clock of this machine is not the lab's to set", {
    fix: "this is a fault of the client: only guests are told what time it is",
  });
}

/** Nanoseconds since the epoch, on the clock that stamps recorded packets. */
function now(): string {
  return String(wallClock());
}
