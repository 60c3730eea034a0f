/** Lets everything else that is due run first. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** About a millisecond: the shortest that a timer can do. */
export function pause(milliseconds = 1): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Attempts started in one go; more would hold up streams that must send every millisecond. */
const slice = 32;

/** Runs all tasks, at most `limit` at once, a few started in each turn of the event loop. Results keep the order. */
export async function runTasks<Result>(
  tasks: readonly (() => Promise<Result>)[],
  limit: number,
): Promise<readonly Result[]> {
  const results: Promise<Result>[] = [];
  let running = 0;
  let wake: (() => void) | undefined;
  for (const [position, task] of tasks.entries()) {
    if (position % slice === slice - 1) await nextTurn();
    if (running >= limit) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    running += 1;
    const result = task();
    results.push(result);
    result.then(
      () => ended(),
      () => ended(),
    );
  }
  return Promise.all(results);

  function ended(): void {
    running -= 1;
    wake?.();
    wake = undefined;
  }
}
