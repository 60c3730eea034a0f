import koffi from "koffi";

/**
 * Zeroed memory whose address never changes, so that structures in it may point at each other.
 *
 * A typed array made by its own constructor can live on V8's moving heap when it is small; one over its own
 * `ArrayBuffer` does not.
 */
export function pinnedMemory(length: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(length));
}

/** The address of pinned memory, plus `offset` bytes. */
export function addressOf(memory: Uint8Array, offset = 0): bigint {
  return koffi.address(memory) + BigInt(offset);
}

/** A view for reading and writing numbers in the same bytes. */
export function viewOf(memory: Uint8Array): DataView {
  return new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
}
