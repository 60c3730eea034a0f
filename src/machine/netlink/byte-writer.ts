/** Bytes that grow at the end; netlink aligns everything to 4 bytes. */
export class ByteWriter {
  #memory: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 256) {
    this.#memory = new Uint8Array(new ArrayBuffer(Math.max(capacity, 16)));
    this.#view = new DataView(this.#memory.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Appends `count` zero bytes and returns where they start. A view taken before is stale afterwards. */
  grow(count: number): number {
    const start = this.#length;
    const end = start + count;
    if (end > this.#memory.length) {
      const larger = new Uint8Array(new ArrayBuffer(Math.max(end, 2 * this.#memory.length)));
      larger.set(this.#memory);
      this.#memory = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = end;
    return start;
  }

  view(): DataView {
    return this.#view;
  }

  u16(value: number): void {
    const at = this.grow(2);
    this.#view.setUint16(at, value, true);
  }

  setU16(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }

  write(bytes: Uint8Array): void {
    const at = this.grow(bytes.length);
    this.#memory.set(bytes, at);
  }

  align(): void {
    const over = this.#length & 3;
    if (over !== 0) {
      this.grow(4 - over);
    }
  }

  bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }
}
