import type { DaemonCaller, DaemonClient } from "../daemon/client.ts";
import type { MethodName, Methods } from "../daemon/protocol.ts";
import { mainMachine } from "../plan/placement.ts";
import { LabError } from "../units/lab-error.ts";
import type { Carriers } from "./carriers.ts";
import { sendAcross } from "./send-across.ts";

/** Something that is done to a part of the lab. */
type Placed = { readonly namespace: string };
type Answers = { readonly [Name in MethodName]?: (params: never, onEvent?: OnEvent) => unknown };
type OnEvent = (event: unknown) => void;

/** Several machines that carry one lab, asked as if they were one: each gets what is about its own namespaces. */
export class LabMachines implements DaemonCaller, Disposable {
  readonly #clients: ReadonlyMap<string, DaemonClient>;
  readonly #placement: Readonly<Record<string, string>>;
  readonly #carriers: Carriers;
  readonly #changes = new Map<string, readonly string[]>();

  constructor(
    clients: ReadonlyMap<string, DaemonClient>,
    placement: Readonly<Record<string, string>>,
    carriers: Carriers,
  ) {
    this.#clients = clients;
    this.#placement = placement;
    this.#carriers = carriers;
  }

  async call<Name extends MethodName>(
    method: Name,
    params: Methods[Name]["params"],
    onEvent?: OnEvent,
  ): Promise<Methods[Name]["result"]> {
    const answers: Answers = this.#answers;
    const answer = answers[method] as
      | ((params: Methods[Name]["params"], onEvent?: OnEvent) => Promise<Methods[Name]["result"]>)
      | undefined;
    return answer === undefined ? await this.#first(method, params) : await answer(params, onEvent);
  }

  readonly #answers = {
    read: async ({ desired }: Methods["read"]["params"]) =>
      (
        await this.#each(
          "read",
          this.#dealt(desired, (own) => ({ desired: own })),
        )
      ).flat(),
    apply: async ({ operations }: Methods["apply"]["params"]) => {
      const parts = this.#dealtOperations(operations);
      await this.#each(
        "apply",
        mapped(parts, (own) => ({ operations: own })),
      );
      return { applied: operations.length };
    },
    "change-begin": (params: Methods["change-begin"]["params"]) => this.#beginChange(params),
    "change-end": ({ id }: Methods["change-end"]["params"]) => this.#endChange(id),
    "record-start": async ({ points, directory }: Methods["record-start"]["params"]) => {
      const parts = this.#dealt(points, (own) => ({ points: own, directory }));
      await this.#each(
        "record-start",
        onlyWith(parts, (part) => part.points.length > 0),
      );
      return {};
    },
    "record-stop": async () => {
      const results = await this.#all("record-stop", {});
      return {
        points: results.flatMap(({ points }) => points),
        failures: results.flatMap(({ failures }) => failures),
      };
    },
    send: async ({ requests }: Methods["send"]["params"]) =>
      await sendAcross(requests, {
        machineOf: (namespace) => this.#machineOf(namespace),
        ask: (machine, method, params) => this.#ask(machine, method, params),
      }),
    facts: async ({ requests }: Methods["facts"]["params"]) =>
      await Promise.all(
        requests.map(async (request) => {
          const machine = this.#machineOf(request.namespace);
          const [answer] = await this.#ask(machine, "facts", { requests: [request] });
          if (answer === undefined) throw new Error("the daemon gave no fact");
          return answer;
        }),
      ),
    settle: async (params: Methods["settle"]["params"]) => {
      const results = await this.#all("settle", params);
      return {
        waitedMs: Math.max(...results.map(({ waitedMs }) => waitedMs)),
        unsettled: results.flatMap(({ unsettled }) => unsettled),
      };
    },
    exec: async (params: Methods["exec"]["params"], onEvent?: OnEvent) =>
      await this.#ask(this.#machineOf(params.namespace), "exec", params, onEvent),
    "exec-input": async (params: Methods["exec-input"]["params"]) =>
      await this.#ask(this.#machineOf(params.namespace), "exec-input", params),
    quit: async () => {
      await this.#all("quit", {});
      return {};
    },
  };

  /** All parts of a change, or none: what was begun before one failed is taken back. */
  async #beginChange({
    id,
    operations,
  }: Methods["change-begin"]["params"]): Promise<{ readonly at: string }> {
    const parts = mapped(this.#dealtOperations(operations), (own) => ({ id, operations: own }));
    // A change of nothing has a beginning and an end too.
    if (parts.size === 0) parts.set(this.#firstName(), { id, operations });
    const begun = await Promise.allSettled(
      [...parts].map(async ([machine, part]) => ({
        machine,
        ...(await this.#ask(machine, "change-begin", part)),
      })),
    );
    const done = begun.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    this.#changes.set(
      id,
      done.map(({ machine }) => machine),
    );
    const failed = begun.find((each) => each.status === "rejected");
    if (failed !== undefined) {
      await this.#endChange(id);
      throw failed.reason as Error;
    }
    await this.#carriers.follow(id, operations);
    return { at: done[0]?.at ?? "0" };
  }

  async #endChange(id: string): Promise<{ readonly at: string }> {
    const machines = this.#changes.get(id) ?? [];
    this.#changes.delete(id);
    const ended = await Promise.all(
      machines.map((machine) => this.#ask(machine, "change-end", { id })),
    );
    await this.#carriers.restore(id);
    return { at: ended[0]?.at ?? "0" };
  }

  #machineOf(namespace: string): string {
    return this.#placement[namespace] ?? this.#firstName();
  }

  #firstName(): string {
    return [...this.#clients.keys()][0] ?? mainMachine;
  }

  /** What each machine is given; a machine without a part of it is given the empty one. */
  #dealt<Part extends Placed, Params>(
    parts: readonly Part[],
    paramsOf: (own: readonly Part[]) => Params,
  ): Map<string, Params> {
    const groups = Map.groupBy(parts, ({ namespace }) => this.#machineOf(namespace));
    return new Map(
      [...this.#clients.keys()].map((machine) => [machine, paramsOf(groups.get(machine) ?? [])]),
    );
  }

  #dealtOperations<Each extends { readonly object: Placed }>(
    operations: readonly Each[],
  ): Map<string, readonly Each[]> {
    return Map.groupBy(operations, ({ object }) => this.#machineOf(object.namespace));
  }

  async #each<Name extends MethodName>(
    method: Name,
    parts: ReadonlyMap<string, Methods[Name]["params"]>,
  ): Promise<Methods[Name]["result"][]> {
    return await Promise.all(
      [...parts].map(([machine, params]) => this.#ask(machine, method, params)),
    );
  }

  async #all<Name extends MethodName>(
    method: Name,
    params: Methods[Name]["params"],
  ): Promise<Methods[Name]["result"][]> {
    return await this.#each(
      method,
      new Map([...this.#clients.keys()].map((machine) => [machine, params])),
    );
  }

  async #first<Name extends MethodName>(
    method: Name,
    params: Methods[Name]["params"],
  ): Promise<Methods[Name]["result"]> {
    return await this.#ask(this.#firstName(), method, params);
  }

  async #ask<Name extends MethodName>(
    machine: string,
    method: Name,
    params: Methods[Name]["params"],
    onEvent?: OnEvent,
  ): Promise<Methods[Name]["result"]> {
    const client = this.#clients.get(machine);
    if (client === undefined) throw new Error(`there is no machine ${machine}`);
    try {
      return await client.call(method, params, onEvent);
    } catch (error) {
      throw error instanceof LabError ? named(machine, error) : error;
    }
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client[Symbol.dispose]();
  }
}

/** An error of one of several machines says which. */
export function named(machine: string, error: LabError): LabError {
  const { code, message, fix, exitCode } = error;
  return new LabError(code, `guest ${machine}: ${message}`, { fix, exitCode, cause: error });
}

function mapped<From, To>(
  parts: ReadonlyMap<string, From>,
  become: (part: From) => To,
): Map<string, To> {
  return new Map([...parts].map(([machine, part]) => [machine, become(part)]));
}

function onlyWith<Part>(
  parts: ReadonlyMap<string, Part>,
  isWanted: (part: Part) => boolean,
): ReadonlyMap<string, Part> {
  return new Map([...parts].filter(([, part]) => isWanted(part)));
}
