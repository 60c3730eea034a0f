/** Blocks of pcapng, hand-made: an oracle that shares no code with the writer. */
export type ByteOrder = "little" | "big";

export function numbers(
  order: ByteOrder,
  ...fields: readonly (readonly [bits: 16 | 32, value: number])[]
): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [bits]) => sum + bits / 8, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const [bits, value] of fields) {
    if (bits === 16) view.setUint16(offset, value, order === "little");
    else view.setUint32(offset, value, order === "little");
    offset += bits / 8;
  }
  return bytes;
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array((bytes.length + 3) & ~3);
  whole.set(bytes);
  return whole;
}

export function block(order: ByteOrder, type: number, ...body: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(body);
  const length = content.length + 12;
  return Buffer.concat([
    numbers(order, [32, type], [32, length]),
    content,
    numbers(order, [32, length]),
  ]);
}

export function option(order: ByteOrder, code: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([numbers(order, [16, code], [16, value.length]), padded(value)]);
}

export function sectionHeader(order: ByteOrder): Uint8Array {
  const fields = numbers(
    order,
    [32, 0x1a2b3c4d],
    [16, 1],
    [16, 0],
    [32, 0xffffffff],
    [32, 0xffffffff],
  );
  return block(order, 0x0a0d0d0a, fields);
}

export function interfaceBlock(
  order: ByteOrder,
  linkType: number,
  snapLength: number,
  ...options: readonly Uint8Array[]
): Uint8Array {
  return block(order, 1, numbers(order, [16, linkType], [16, 0], [32, snapLength]), ...options);
}

export function enhancedPacket(
  order: ByteOrder,
  packet: { id: number; high: number; low: number; data: Uint8Array; wire?: number },
  ...options: readonly Uint8Array[]
): Uint8Array {
  const { id, high, low, data, wire = data.length } = packet;
  const fields = numbers(order, [32, id], [32, high], [32, low], [32, data.length], [32, wire]);
  return block(order, 6, fields, padded(data), ...options);
}

export function simplePacket(
  order: ByteOrder,
  originalLength: number,
  data: Uint8Array,
): Uint8Array {
  return block(order, 3, numbers(order, [32, originalLength]), padded(data));
}

export function obsoletePacket(
  order: ByteOrder,
  packet: { id: number; drops: number; high: number; low: number; data: Uint8Array },
): Uint8Array {
  const { id, drops, high, low, data } = packet;
  const sizes = [data.length, data.length] as const;
  const fields = numbers(
    order,
    [16, id],
    [16, drops],
    [32, high],
    [32, low],
    [32, sizes[0]],
    [32, sizes[1]],
  );
  return block(order, 2, fields, padded(data));
}
