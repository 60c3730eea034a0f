/** At most this many datagrams at once, so that catching up after a stall does not overrun a queue on the way. */
const burst = 64;

/**
 * When the datagrams of a stream are due: number `i` at `began + i / rate`, whatever happened to those before it. A late
 * sender does not shift the rest; it catches up in bursts. Times are nanoseconds of any monotonic clock.
 */
export class StreamSchedule {
  readonly total: number;
  readonly #began: bigint;
  readonly #rate: number;
  #sent = 0;
  #lastSend: bigint | undefined;
  #longestGap = 0n;

  /** `rate` in datagrams per second, `duration` in milliseconds. */
  constructor(rate: number, duration: number, began: bigint) {
    this.total = Math.round((rate * duration) / 1000);
    this.#rate = rate;
    this.#began = began;
  }

  get sent(): number {
    return this.#sent;
  }

  get finished(): boolean {
    return this.#sent >= this.total;
  }

  /** Longest time between two sends, in milliseconds; 0 before the second. */
  get longestGapMs(): number {
    return Number(this.#longestGap) / 1e6;
  }

  /** How many to send now; their numbers begin at `sent`. */
  due(now: bigint): number {
    if (now < this.#began) return 0;
    const until = Math.floor((Number(now - this.#began) * this.#rate) / 1e9) + 1;
    return Math.max(0, Math.min(until - this.#sent, this.total - this.#sent, burst));
  }

  /** Tells that `count` left at `now`. */
  advance(count: number, now: bigint): void {
    if (count === 0) return;
    if (this.#lastSend !== undefined && now - this.#lastSend > this.#longestGap) {
      this.#longestGap = now - this.#lastSend;
    }
    this.#lastSend = now;
    this.#sent += count;
  }

  /** Nanoseconds from `now` until the next datagram is due; 0 when it is late, undefined at the end. */
  wait(now: bigint): bigint | undefined {
    if (this.finished) return undefined;
    const at = this.#began + BigInt(Math.ceil((this.#sent * 1e9) / this.#rate));
    return at > now ? at - now : 0n;
  }
}
