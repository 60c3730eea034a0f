/** Names of the faults a user can meet; `docs/errors.md` has a line for each. */
export type LabErrorCode = `LAB_E_${Uppercase<string>}`;

/**
 * A fault that a user can do something about.
 *
 * `message` says what is wrong, `fix` what to do next (an instruction, often a command). The command line prints both
 * and exits with `exitCode`: 2 for bad input (nothing was done), 4 for a lab that ended in error.
 */
export class LabError extends Error {
  override readonly name = "LabError";
  readonly code: LabErrorCode;
  readonly fix: string;
  readonly exitCode: 2 | 4;

  constructor(
    code: LabErrorCode,
    message: string,
    options: { readonly fix: string; readonly exitCode?: 2 | 4; readonly cause?: unknown },
  ) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.code = code;
    this.fix = options.fix;
    this.exitCode = options.exitCode ?? 4;
  }
}
