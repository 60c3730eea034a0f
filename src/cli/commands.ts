import type { Command } from "./command.ts";
import { assess } from "./commands/assess.ts";
import { capture } from "./commands/capture.ts";
import { compare } from "./commands/compare.ts";
import { doctor } from "./commands/doctor.ts";
import { down } from "./commands/down.ts";
import { drill } from "./commands/drill.ts";
import { exec } from "./commands/exec.ts";
import { explain } from "./commands/explain.ts";
import { graph } from "./commands/graph.ts";
import { inspect } from "./commands/inspect.ts";
import { logs } from "./commands/logs.ts";
import { plan } from "./commands/plan.ts";
import { probe } from "./commands/probe.ts";
import { ps } from "./commands/ps.ts";
import { report } from "./commands/report.ts";
import { run } from "./commands/run.ts";
import { shell } from "./commands/shell.ts";
import { up } from "./commands/up.ts";
import { validate } from "./commands/validate.ts";

/** Every command, in the order in which a newcomer meets them. */
export const commands: readonly Command[] = [
  ...[run, validate, plan, up, ps, inspect, exec, shell, logs],
  ...[capture, probe, assess, drill, explain, report, compare, down, doctor, graph],
];
