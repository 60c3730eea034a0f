import koffi from "koffi";
import {
  addToEpoll,
  changeInEpoll,
  epollEvent,
  openEpoll,
  pollEpoll,
  removeFromEpoll,
} from "../libc/epoll.ts";
import { closeFile } from "../libc/files.ts";

/** What to wait for. */
export type Interest = { readonly readable?: boolean; readonly writable?: boolean };

/** What a descriptor is ready for. `failed`: an error or a hang-up waits to be read. */
type Readiness = {
  readonly readable: boolean;
  readonly writable: boolean;
  readonly failed: boolean;
};

export type OnReady = (readiness: Readiness) => void;

/**
 * Waits for thousands of descriptors within Node's own event loop.
 *
 * One epoll descriptor holds them all, and Node's loop watches that one: nothing runs while nothing is ready, and no
 * second thread is needed, which could not share our buffers. Readiness is by level: a callback that leaves something
 * behind is called again in the next turn, so that one busy socket does not starve the others.
 */
export class PollLoop implements Disposable {
  readonly #epoll: number = openEpoll();
  readonly #callbacks = new Map<number, OnReady>();
  #handle: ReturnType<typeof koffi.node.poll> | undefined;

  /** Starts watching a descriptor, or changes what it is watched for. */
  watch(fd: number, interest: Interest, onReady: OnReady): void {
    const events =
      (interest.readable === true ? epollEvent.readable : 0) |
      (interest.writable === true ? epollEvent.writable : 0);
    if (this.#callbacks.has(fd)) {
      changeInEpoll(this.#epoll, fd, events);
    } else {
      addToEpoll(this.#epoll, fd, events);
    }
    this.#callbacks.set(fd, onReady);
    this.#handle ??= koffi.node.poll(this.#epoll, { readable: true }, () => this.dispatch());
  }

  /** Stops watching; call it before the descriptor is closed. Without descriptors the process may end. */
  unwatch(fd: number): void {
    if (this.#callbacks.delete(fd)) {
      removeFromEpoll(this.#epoll, fd);
    }
    if (this.#callbacks.size === 0) {
      this.#stop();
    }
  }

  /** Calls back for what is ready now; Node's loop does it by itself. Returns how many descriptors were ready. */
  dispatch(): number {
    return pollEpoll(this.#epoll, (fd, events) => {
      this.#callbacks.get(fd)?.({
        readable: (events & epollEvent.readable) !== 0,
        writable: (events & epollEvent.writable) !== 0,
        failed: (events & (epollEvent.error | epollEvent.hangUp)) !== 0,
      });
    });
  }

  #stop(): void {
    this.#handle?.close();
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.#stop();
    this.#callbacks.clear();
    closeFile(this.#epoll);
  }
}
