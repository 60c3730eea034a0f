import { isSystemError } from "../machine/libc/system-error.ts";

const first = 33_000;
const count = 28_000;

/**
 * Source ports that do not come again soon, so that a recorded SYN, which carries no token, belongs to one attempt.
 * Counted for each namespace and protocol.
 */
export class SourcePorts {
  readonly #next = new Map<string, number>();

  /** Opens something on the next port that is free. @throws whatever `open` throws, except EADDRINUSE */
  open<Result>(scope: string, open: (port: number) => Result): Result {
    for (let attempt = 0; ; attempt++) {
      const position = this.#next.get(scope) ?? 0;
      this.#next.set(scope, (position + 1) % count);
      try {
        return open(first + position);
      } catch (error) {
        if (!isSystemError(error, "EADDRINUSE") || attempt === count) throw error;
      }
    }
  }
}
