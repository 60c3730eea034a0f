import { SystemError } from "../machine/libc/system-error.ts";
import { DatagramSocket } from "../machine/sockets/datagram.ts";
import { PollLoop } from "../machine/sockets/poll-loop.ts";
import type { StreamSocket } from "../machine/sockets/stream-client.ts";
import { StreamListener } from "../machine/sockets/stream-listener.ts";
import type { Service } from "../topology/topology.ts";

/** An echo service of a workload: everything that comes is sent back, over IPv4 and IPv6. */
export type EchoService = Service & { readonly namespace: string };

type Running = EchoService & { readonly sockets: readonly (StreamListener | DatagramSocket)[] };

const wildcards = ["0.0.0.0", "::"] as const;
/** Connections taken, or datagrams answered, before others have their turn. */
const turn = 64;
/** Connections open at once; the oldest makes room, so that a flood that never says a word ends nothing else. */
const mostConnections = 4096;

/** The services of all workloads of a machine in one process, each with its sockets in its workload's namespace. */
export class EchoServices implements Disposable {
  readonly #loop: PollLoop = new PollLoop();
  readonly #running = new Map<string, Running>();
  readonly #connections = new Set<StreamSocket>();

  /** Listens from its return on; does nothing for a service that runs. @throws SystemError EADDRINUSE */
  start(service: EchoService): void {
    const key = keyOf(service);
    if (this.#running.has(key)) return;
    const sockets: (StreamListener | DatagramSocket)[] = [];
    this.#running.set(key, { ...service, sockets });
    try {
      for (const address of wildcards) sockets.push(this.#open(service, address));
    } catch (error) {
      this.stop(service);
      throw error;
    }
  }

  #open(
    { namespace, protocol, port }: EchoService,
    address: string,
  ): StreamListener | DatagramSocket {
    return protocol === "tcp"
      ? this.#accepting(new StreamListener(namespace, { address, port }))
      : this.#answering(new DatagramSocket(namespace, { address, port }));
  }

  #accepting(listener: StreamListener): StreamListener {
    this.#loop.watch(listener.fd, { readable: true }, () => {
      for (let count = 0; count < turn; count++) {
        const accepted = orNothing(() => listener.accept());
        if (accepted === undefined) return;
        this.#serve(accepted.socket);
      }
    });
    return listener;
  }

  #serve(socket: StreamSocket): void {
    const [oldest] = this.#connections;
    if (this.#connections.size >= mostConnections && oldest !== undefined) this.#end(oldest);
    this.#connections.add(socket);
    const echo = (): void => {
      const bytes = socket.receive();
      if (bytes === undefined) return;
      // A client that does not read what it gets back loses its connection, not our memory.
      if (bytes.length === 0 || socket.send(bytes) < bytes.length) this.#end(socket);
    };
    this.#loop.watch(socket.fd, { readable: true }, () => {
      try {
        echo();
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        this.#end(socket);
      }
    });
  }

  #end(socket: StreamSocket): void {
    this.#connections.delete(socket);
    this.#loop.unwatch(socket.fd);
    socket[Symbol.dispose]();
  }

  #answering(socket: DatagramSocket): DatagramSocket {
    this.#loop.watch(socket.fd, { readable: true }, () => {
      for (let count = 0; count < turn; count++) {
        const datagram = orNothing(() => socket.receive());
        if (datagram === undefined) return;
        orNothing(() => socket.send(datagram.bytes, datagram.from));
      }
    });
    return socket;
  }

  /** Stops listening; connections that are open end with their clients. Does nothing for a service that does not run. */
  stop(service: EchoService): void {
    const key = keyOf(service);
    for (const socket of this.#running.get(key)?.sockets ?? []) {
      this.#loop.unwatch(socket.fd);
      socket[Symbol.dispose]();
    }
    this.#running.delete(key);
  }

  list(): readonly EchoService[] {
    return [...this.#running.values()].map(({ namespace, protocol, port }) => ({
      namespace,
      protocol,
      port,
    }));
  }

  [Symbol.dispose](): void {
    for (const service of this.list()) this.stop(service);
    for (const socket of this.#connections) this.#end(socket);
    this.#loop[Symbol.dispose]();
  }
}

/** A client that is gone, a route that is not there: nothing a service could do about. */
function orNothing<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return undefined;
  }
}

function keyOf({ namespace, protocol, port }: EchoService): string {
  return `${namespace} ${protocol}/${port}`;
}
