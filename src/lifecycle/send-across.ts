import type { MethodName, Methods } from "../daemon/protocol.ts";

type Request = Methods["send"]["params"]["requests"][number];
type Result = Methods["send"]["result"][number];
type StreamRequest = Methods["receive-start"]["params"]["requests"][number];

/** Machines that can be asked one by one. */
export type Machines = {
  machineOf(namespace: string): string;
  ask<Name extends MethodName>(
    machine: string,
    method: Name,
    params: Methods[Name]["params"],
  ): Promise<Methods[Name]["result"]>;
};

/**
 * Has each machine make the probes of its own senders, all at once. Of a stream from one machine to another the receiver
 * is opened first, on its machine; a receiver that cannot be is told in the stream's result.
 */
export async function sendAcross(
  requests: readonly Request[],
  machines: Machines,
): Promise<readonly Result[]> {
  const crossing = requests.filter(
    (request): request is StreamRequest =>
      isStream(request) &&
      machines.machineOf(request.receiver.namespace) !== machines.machineOf(request.namespace),
  );
  const byReceiver = Map.groupBy(crossing, ({ receiver }) =>
    machines.machineOf(receiver.namespace),
  );
  const opened = await openReceivers(byReceiver, machines);
  const refused = crossing.flatMap((request) => refusal(request, opened) ?? []);
  const isRefused = new Set(refused.map(({ index }) => index));
  const ready = requests
    .filter(({ index }) => !isRefused.has(index))
    .map((request) => withPort(request, opened));
  const bySender = Map.groupBy(ready, ({ namespace }) => machines.machineOf(namespace));
  const sent = await Promise.all(
    [...bySender].map(([machine, own]) => machines.ask(machine, "send", { requests: own })),
  );
  const received = await closeReceivers(byReceiver, machines);
  const results = new Map([...refused, ...sent.flat()].map((result) => [result.index, result]));
  return requests.flatMap(({ index }) => {
    const result = results.get(index);
    const receivedBySocket = received.get(index);
    if (result === undefined) return [];
    return [receivedBySocket === undefined ? result : { ...result, receivedBySocket }];
  });
}

type Opened = ReadonlyMap<number, Methods["receive-start"]["result"][number]>;
type ByReceiver = ReadonlyMap<string, readonly StreamRequest[]>;

function isStream(request: Request): request is StreamRequest {
  return request.probe.kind === "stream";
}

async function openReceivers(byReceiver: ByReceiver, machines: Machines): Promise<Opened> {
  const opened = await Promise.all(
    [...byReceiver].map(([machine, requests]) =>
      machines.ask(machine, "receive-start", { requests }),
    ),
  );
  return new Map(opened.flat().map((each) => [each.index, each]));
}

async function closeReceivers(
  byReceiver: ByReceiver,
  machines: Machines,
): Promise<ReadonlyMap<number, number>> {
  const closed = await Promise.all(
    [...byReceiver].map(([machine, requests]) =>
      machines.ask(machine, "receive-stop", { indexes: requests.map(({ index }) => index) }),
    ),
  );
  return new Map(closed.flat().map(({ index, received }) => [index, received]));
}

function withPort(request: Request, opened: Opened): Request {
  const found = opened.get(request.index);
  if (!isStream(request) || found === undefined || !("port" in found)) return request;
  return { ...request, receiverPort: found.port };
}

function refusal({ probe, index }: StreamRequest, opened: Opened): Result | undefined {
  const found = opened.get(index);
  if (found === undefined || !("error" in found)) return undefined;
  return { probe: probe.id, index, sent: 0, error: found.error, beganAt: "0", endedAt: "0" };
}
