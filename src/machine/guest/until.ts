import { setTimeout as wait } from "node:timers/promises";

/**
 * Asks every 5 ms until there is an answer. Undefined when `within` milliseconds have passed without one.
 *
 * It keeps no process from ending: a guest that runs does that, and where it has ended nobody waits for the answer.
 */
export async function until<Value>(
  ask: () => Promise<Value | undefined>,
  within: number,
): Promise<Value | undefined> {
  const deadline = performance.now() + within;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || performance.now() > deadline) return answer;
    await wait(5, undefined, { ref: false });
  }
}
