/** How much a part of the campaign may do, where its chance comes from, and where it tells of its progress. */
export type Budget = {
  readonly small: boolean;
  readonly seed: number;
  readonly isOver: () => boolean;
  /** As many rounds as asked for on the command line, else `usual`, else a few in a small campaign. */
  readonly rounds: (usual: number) => number;
  /** Evenly from 0 up to 1, the same for the same seed. */
  readonly random: () => number;
  readonly say: (line: string) => void;
};

export type BudgetOptions = {
  readonly small: boolean;
  readonly seed: number;
  readonly minutes: number;
  readonly rounds: number | undefined;
};

export function makeBudget(part: string, options: BudgetOptions): Budget {
  const { small, seed, minutes, rounds } = options;
  const began = performance.now();
  let state = seed >>> 0;
  return {
    small,
    seed,
    isOver: () => performance.now() - began > minutes * 60_000,
    rounds: (usual) => rounds ?? (small ? Math.min(usual, 3) : usual),
    random: () => {
      // mulberry32
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
    say: (line) => {
      const seconds = ((performance.now() - began) / 1000).toFixed(0).padStart(5);
      process.stderr.write(`[${part} ${seconds}s] ${line}\n`);
    },
  };
}
