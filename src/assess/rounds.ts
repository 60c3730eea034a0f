import type { Phase, Point, Trial } from "../trial/trial.ts";

/** Trials that share a recording. */
export type Round = {
  /** Ends the names of its recordings; "" for the shared round. */
  readonly suffix: string;
  readonly trials: readonly Trial[];
  readonly points: readonly Point[];
  readonly steps: readonly Step[];
};

/** Phases that run at once: those with the same change, or without any. */
export type Step = readonly { readonly trial: Trial; readonly phase: Phase }[];

/** One round for all trials that share, then one for each that wants the lab for itself. */
export function planRounds(trials: readonly Trial[]): readonly Round[] {
  const shared = trials.filter((trial) => !trial.exclusive);
  const alone = trials.filter((trial) => trial.exclusive);
  return [
    ...(shared.length === 0 ? [] : [round("", shared, sharedSteps(shared))]),
    ...alone.map((trial) =>
      round(
        `.${slug(trial.id)}`,
        [trial],
        trial.phases.map((phase) => [{ trial, phase }]),
      ),
    ),
  ];
}

function round(suffix: string, trials: readonly Trial[], steps: readonly Step[]): Round {
  return { suffix, trials, steps, points: [...new Set(trials.flatMap((trial) => trial.points))] };
}

/** Phases with equal changes run together, so that each change is made once; those without one come first. */
function sharedSteps(trials: readonly Trial[]): readonly Step[] {
  const phases = trials.flatMap((trial) => trial.phases.map((phase) => ({ trial, phase })));
  const groups = Map.groupBy(phases, ({ phase }) =>
    phase.change === undefined ? "" : JSON.stringify([phase.change, phase.changeAfter ?? 0]),
  );
  const quiet = groups.get("");
  groups.delete("");
  return [...(quiet === undefined ? [] : [quiet]), ...groups.values()];
}

function slug(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]+/g, "-");
}
