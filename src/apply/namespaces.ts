import { readLinks } from "../machine/netlink/links.ts";
import type { NetlinkError } from "../machine/netlink/netlink-error.ts";
import type { NetlinkRequest } from "../machine/netlink/request.ts";
import { NetlinkSocket } from "../machine/netlink/socket.ts";
import { forgetNamespace } from "../machine/netns/handles.ts";
import { LabError } from "../units/lab-error.ts";

/** An open namespace: where its requests go, and the interface indexes behind its names. */
type Open = {
  readonly socket: NetlinkSocket;
  readonly indexes: Map<string, number>;
  next: number;
};

type Queued = { readonly request: NetlinkRequest; readonly tolerate: readonly string[] };

/**
 * The namespaces that an apply works in. Requests are queued per namespace and sent in one batch each; interface
 * indexes are chosen here, so that a link can be referred to in the same batch that makes it.
 */
export class Namespaces implements Disposable {
  readonly #open = new Map<string, Open>();
  readonly #queues = new Map<string, Queued[]>();

  /** Index of a link that exists or was announced. @throws LabError when there is none of that name. */
  index(namespace: string, name: string): number {
    const found = this.#get(namespace).indexes.get(name);
    if (found === undefined) {
      throw new LabError("LAB_E_LINK_ABSENT", `there is no interface ${name} in ${namespace}`, {
        fix: "run `lab up FILE --repair` to put back what is missing",
      });
    }
    return found;
  }

  has(namespace: string, name: string): boolean {
    return this.#get(namespace).indexes.has(name);
  }

  /** Chooses the index of a link about to be made. */
  announce(namespace: string, name: string): number {
    const open = this.#get(namespace);
    const index = open.next++;
    open.indexes.set(name, index);
    return index;
  }

  forget(namespace: string, name: string): void {
    this.#get(namespace).indexes.delete(name);
  }

  /** Says that a namespace is new and holds nothing but its loopback. */
  created(namespace: string): void {
    const socket = new NetlinkSocket(namespace);
    this.#open.set(namespace, { socket, indexes: new Map([["lo", 1]]), next: 2 });
  }

  socket(namespace: string): NetlinkSocket {
    return this.#get(namespace).socket;
  }

  /** Errors whose code is in `tolerate` count as success: what was to be undone is gone already. */
  queue(namespace: string, request: NetlinkRequest, tolerate: readonly string[] = []): void {
    const queue = this.#queues.get(namespace);
    if (queue === undefined) this.#queues.set(namespace, [{ request, tolerate }]);
    else queue.push({ request, tolerate });
  }

  /** Sends all that is queued, one batch a namespace. @throws AggregateError of what the kernel refused. */
  flush(): void {
    const errors: Error[] = [];
    for (const [namespace, queue] of this.#queues) {
      const results = this.#get(namespace).socket.attempt(queue.map(({ request }) => request));
      results.forEach((error, position) => {
        if (error === undefined || queue[position]?.tolerate.includes(error.code)) return;
        errors.push(inContext(namespace, error));
      });
    }
    this.#queues.clear();
    if (errors.length > 0) {
      throw new AggregateError(errors, `the kernel refused ${errors.length} of the changes`);
    }
  }

  #get(namespace: string): Open {
    const known = this.#open.get(namespace);
    if (known !== undefined) return known;
    const socket = new NetlinkSocket(namespace);
    const links = readLinks(socket);
    const open: Open = {
      socket,
      indexes: new Map(links.map((link) => [link.name, link.index])),
      next: Math.max(1, ...links.map((link) => link.index)) + 1,
    };
    this.#open.set(namespace, open);
    return open;
  }

  /** Closes a namespace that is about to be deleted, so that nothing of ours keeps it alive. */
  close(namespace: string): void {
    this.#open.get(namespace)?.socket[Symbol.dispose]();
    this.#open.delete(namespace);
    forgetNamespace(namespace);
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#open.values()) socket[Symbol.dispose]();
    this.#open.clear();
  }
}

function inContext(namespace: string, error: NetlinkError): Error {
  return new Error(`${namespace}: ${error.message}`, { cause: error });
}
