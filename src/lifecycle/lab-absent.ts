import { LabError } from "../units/lab-error.ts";

/** The error for a lab that is not up. */
export function notUp(lab: string): LabError {
  return new LabError("LAB_E_LAB_ABSENT", `there is no lab "${lab}" that is up`, {
    fix: "`lab ps` lists the labs; `lab up FILE` brings one up",
    exitCode: 2,
  });
}
