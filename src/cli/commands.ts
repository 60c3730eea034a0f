import type { Command } from "./command.ts";

/** Commands by name, in the order in which a newcomer meets them. Each is read only when it is called. */
const loaders: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./commands/run.ts")).run,
  validate: async () => (await import("./commands/validate.ts")).validate,
  plan: async () => (await import("./commands/plan.ts")).plan,
  up: async () => (await import("./commands/up.ts")).up,
  ps: async () => (await import("./commands/ps.ts")).ps,
  inspect: async () => (await import("./commands/inspect.ts")).inspect,
  exec: async () => (await import("./commands/exec.ts")).exec,
  shell: async () => (await import("./commands/shell.ts")).shell,
  logs: async () => (await import("./commands/logs.ts")).logs,
  capture: async () => (await import("./commands/capture.ts")).capture,
  probe: async () => (await import("./commands/probe.ts")).probe,
  assess: async () => (await import("./commands/assess.ts")).assess,
  drill: async () => (await import("./commands/drill.ts")).drill,
  explain: async () => (await import("./commands/explain.ts")).explain,
  report: async () => (await import("./commands/report.ts")).report,
  compare: async () => (await import("./commands/compare.ts")).compare,
  down: async () => (await import("./commands/down.ts")).down,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  graph: async () => (await import("./commands/graph.ts")).graph,
};

/** The command of this name, if there is one. */
export async function loadCommand(name: string): Promise<Command | undefined> {
  return Object.hasOwn(loaders, name) ? await loaders[name]?.() : undefined;
}

/** Every command, for the help. */
export function loadCommands(): Promise<readonly Command[]> {
  return Promise.all(Object.values(loaders).map((load) => load()));
}
