import type { Brand } from "./brand.ts";

export type Milliseconds = Brand<number, "Milliseconds">;

/** @throws RangeError for a negative or non-finite value. */
export function milliseconds(value: number): Milliseconds {
  if (!Number.isFinite(value) || value < 0) {
    throw new RangeError(`${value} ms: use a number of milliseconds, 0 or more`);
  }
  return value as Milliseconds;
}

const perUnit = { ms: 1, s: 1000, min: 60_000, m: 60_000 } as const;

/** Parses `250ms`, `1s`, `1.5s`, `2min`. @throws RangeError naming the text and the form. */
export function parseDuration(text: string): Milliseconds {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m)$/.exec(text);
  if (match === null) {
    throw new RangeError(
      `duration "${text}": write a number and a unit, such as 250ms, 1s or 2min`,
    );
  }
  return milliseconds(Number(match[1]) * perUnit[match[2] as keyof typeof perUnit]);
}
