import type { Shape } from "./attribute-table.ts";
import { encode } from "./encode.ts";

/** One message to the kernel, complete but for its sequence number. Plain data: make it anywhere, send it in a batch. */
export type NetlinkRequest = {
  readonly type: number;
  readonly flags: number;
  readonly payload: Uint8Array;
  /** What it does, for errors: `create link hv1-p0`. */
  readonly label: string;
};

/** Flags of `nlmsghdr`. The meaning of the upper ones depends on the kind of request. */
export const requestFlags = {
  request: 0x1,
  ack: 0x4,
  dump: 0x300,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800,
} as const;

/** Builds a request; `request` and `ack` are set by whoever sends it. */
export function netlinkRequest<Value extends object>(
  type: number,
  flags: number,
  shape: Shape<Value>,
  value: Value,
  label: string,
): NetlinkRequest {
  return { type, flags, payload: encode(shape, value), label };
}
