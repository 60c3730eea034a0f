import { closeFile } from "../libc/files.ts";
import { pinnedMemory } from "../libc/memory.ts";
import {
  addressFamily,
  bindSocket,
  configured,
  messageFlags,
  openSocket,
  receive,
  sendTo,
  setIntegerOption,
  socketType,
} from "../libc/sockets.ts";
import { SystemError } from "../libc/system-error.ts";
import { inNamespace } from "../netns/enter.ts";
import type { Namespace } from "../netns/handles.ts";
import { acknowledgement, type Message, messagesIn, packMessages } from "./messages.ts";
import type { NetlinkError } from "./netlink-error.ts";
import { type NetlinkRequest, requestFlags } from "./request.ts";

const solNetlink = 270;
const options = { capAck: 10, extAck: 11, strictCheck: 12 } as const;
const receiveBufferForce = 33;
const doneType = 3;
const errorType = 2;
const dumpInterrupted = 0x10;
/** Acknowledgements wait in the socket until the whole batch is sent, so a batch must fit the receive buffer. */
const batchMessages = 256;
const batchBytes = 96 * 1024;

const inbox = pinnedMemory(256 * 1024);

/** How long the kernel may take to answer before this is a fault of ours: it answers within the send call. */
const noAnswer = "the kernel did not answer";

/**
 * A netlink socket that belongs to one namespace, usable from any.
 *
 * All calls are synchronous: rtnetlink does the work within the send call, so the answer is there when it returns.
 */
export class NetlinkSocket implements Disposable {
  readonly #fd: number;
  #sequence = 1;

  /** Opens a socket inside `namespace`; `protocol` 0 is rtnetlink. @throws SystemError */
  constructor(namespace: Namespace, protocol = 0) {
    const unbound = inNamespace(namespace, () =>
      openSocket(addressFamily.netlink, socketType.raw, protocol),
    );
    const address = pinnedMemory(12);
    address[0] = addressFamily.netlink;
    this.#fd = configured(unbound, (fd) => {
      setIntegerOption(fd, 1, receiveBufferForce, 4 * 1024 * 1024, "SO_RCVBUFFORCE");
      for (const option of Object.values(options)) {
        setIntegerOption(fd, solNetlink, option, 1, "netlink option");
      }
      bindSocket(fd, address, "netlink");
    });
  }

  /**
   * Sends requests in order, many to a system call, and returns the error of each, undefined for those that worked.
   * A failed request does not stop those after it.
   */
  attempt(requests: readonly NetlinkRequest[]): readonly (NetlinkError | undefined)[] {
    const errors: (NetlinkError | undefined)[] = [];
    let start = 0;
    while (start < requests.length) {
      const end = batchEnd(requests, start);
      errors.push(...this.#attemptBatch(requests.slice(start, end)));
      start = end;
    }
    return errors;
  }

  /** Sends requests in order. @throws NetlinkError of the first that failed; an AggregateError when several did. */
  apply(requests: readonly NetlinkRequest[]): void {
    const errors = this.attempt(requests).filter((error) => error !== undefined);
    const [first] = errors;
    if (first !== undefined && errors.length === 1) {
      throw first;
    }
    if (first !== undefined) {
      throw new AggregateError(errors, `${errors.length} requests failed; first: ${first.message}`);
    }
  }

  #attemptBatch(requests: readonly NetlinkRequest[]): readonly (NetlinkError | undefined)[] {
    const first = this.#sequence;
    this.#sequence += requests.length;
    const flags = requestFlags.request | requestFlags.ack;
    this.#send(packMessages(requests, flags, first));
    const errors: (NetlinkError | undefined)[] = new Array(requests.length).fill(undefined);
    let waiting = requests.length;
    while (waiting > 0) {
      for (const message of this.#receive()) {
        const request = requests[message.sequence - first];
        if (message.type === errorType && request !== undefined) {
          errors[message.sequence - first] = acknowledgement(message, request.label);
          waiting -= 1;
        }
      }
    }
    return errors;
  }

  /**
   * All objects that a dump request lists, as undecoded payloads. Begins again when the kernel says that its tables
   * changed meanwhile, so that the answer is one moment's. @throws NetlinkError
   */
  dump(request: NetlinkRequest): readonly Uint8Array[] {
    for (;;) {
      const payloads = this.#dumpOnce(request);
      if (payloads !== undefined) {
        return payloads;
      }
    }
  }

  #dumpOnce(request: NetlinkRequest): readonly Uint8Array[] | undefined {
    const sequence = this.#sequence++;
    this.#send(packMessages([request], requestFlags.request | requestFlags.dump, sequence));
    const payloads: Uint8Array[] = [];
    let consistent = true;
    for (;;) {
      for (const message of this.#receive()) {
        if (message.sequence !== sequence) {
          continue;
        }
        consistent &&= (message.flags & dumpInterrupted) === 0;
        if (message.type === doneType || message.type === errorType) {
          throwIfRefused(message, request);
          return consistent ? payloads : undefined;
        }
        payloads.push(message.payload.slice());
      }
    }
  }

  /** Asks for one object and returns its undecoded payload. @throws NetlinkError, `ENODEV` when it does not exist. */
  get(request: NetlinkRequest): Uint8Array {
    const sequence = this.#sequence++;
    this.#send(packMessages([request], requestFlags.request, sequence));
    for (;;) {
      for (const message of this.#receive()) {
        if (message.sequence === sequence) {
          throwIfRefused(message, request);
          return message.payload.slice();
        }
      }
    }
  }

  #send(bytes: Uint8Array): void {
    const sent = sendTo(this.#fd, bytes);
    if (sent !== bytes.length) {
      throw new SystemError("sendto", 11, `netlink: ${sent} of ${bytes.length} bytes`);
    }
  }

  #receive(): Iterable<Message> {
    const length = receive(this.#fd, inbox, messageFlags.dontWait | messageFlags.truncate);
    if (length === undefined) {
      throw new SystemError("recvfrom", 11, noAnswer);
    }
    if (length > inbox.length) {
      throw new RangeError(`a netlink message of ${length} bytes does not fit our buffer`);
    }
    return messagesIn(inbox.subarray(0, length));
  }

  [Symbol.dispose](): void {
    closeFile(this.#fd);
  }
}

function throwIfRefused(message: Message, request: NetlinkRequest): void {
  if (message.type === errorType || message.type === doneType) {
    const error = acknowledgement(message, request.label);
    if (error !== undefined) {
      throw error;
    }
  }
}

function batchEnd(requests: readonly NetlinkRequest[], start: number): number {
  let bytes = 0;
  let end = start;
  while (end < requests.length && end - start < batchMessages) {
    bytes += 20 + (requests[end]?.payload.length ?? 0);
    if (bytes > batchBytes && end > start) {
      break;
    }
    end += 1;
  }
  return end;
}
