import { lastErrno, libcFunction } from "../machine/libc/library.ts";
import { pinnedMemory, viewOf } from "../machine/libc/memory.ts";
import { SystemError } from "../machine/libc/system-error.ts";

const nativePoll = libcFunction("poll", ["void *", "ulong", "int"]);
const readable = 0x1;
const interrupted = 4;
const entrySize = 8;

/** A fixed set of descriptors that are asked, without waiting, which of them have something to read. */
export class Readiness {
  readonly #entries: Uint8Array;
  readonly #view: DataView;
  readonly #count: number;

  constructor(descriptors: readonly number[]) {
    this.#count = descriptors.length;
    this.#entries = pinnedMemory(Math.max(1, descriptors.length) * entrySize);
    this.#view = viewOf(this.#entries);
    for (const [index, fd] of descriptors.entries()) {
      this.#view.setInt32(index * entrySize, fd, true);
      this.#view.setInt16(index * entrySize + 4, readable, true);
    }
  }

  /** Stops asking about the descriptor at this position. */
  forget(index: number): void {
    this.#view.setInt32(index * entrySize, -1, true);
  }

  /** Positions that have something to read, or an error to take. @throws SystemError */
  ready(): readonly number[] {
    const found = nativePoll(this.#entries, this.#count, 0);
    if (found < 0 && lastErrno() !== interrupted) throw new SystemError("poll", lastErrno());
    if (found <= 0) return [];
    const positions: number[] = [];
    for (let index = 0; index < this.#count; index++) {
      if (this.#view.getInt16(index * entrySize + 6, true) !== 0) positions.push(index);
    }
    return positions;
  }
}
