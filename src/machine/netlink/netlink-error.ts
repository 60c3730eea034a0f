import { errnoName } from "../libc/system-error.ts";

/** A request that the kernel refused: what was asked, the errno, and the kernel's own sentence where it gives one. */
export class NetlinkError extends Error {
  override readonly name = "NetlinkError";
  /** The symbolic errno, such as `EEXIST`. */
  readonly code: string;
  /** What was asked, such as `create link hv1-p0`. */
  readonly request: string;
  /** The kernel's extended acknowledgement; empty when it gives none. */
  readonly kernelMessage: string;

  constructor(request: string, errno: number, kernelMessage = "") {
    const reason = kernelMessage === "" ? "" : `: ${kernelMessage}`;
    super(`${request}: ${errnoName(errno)}${reason}`);
    this.request = request;
    this.code = errnoName(errno);
    this.kernelMessage = kernelMessage;
  }
}
