/** Ends a line that its writer did not finish: the reader drops such a line (a raw control character is never in JSON). */
export const cancel = "\u0018";

/**
 * What a client says first and the daemon answers with: both drop all that came before, of which the last may be half a
 * line of a former client's time.
 */
export const helloText = (session: string): string =>
  `${cancel}\n{"lab":"hello","session":"${session}"}\n`;

/** The session that a client's hello names; undefined for any other line. */
export function sessionOf(line: string): string | undefined {
  return /^\{"lab":"hello","session":"([0-9a-f-]{36})"\}$/.exec(line)?.[1];
}
