import { Qmp } from "../machine/guest/qmp.ts";
import { wireNicId } from "../machine/guest/wire-nic.ts";
import type { Operation } from "../plan/operation.ts";
import type { Wire } from "../plan/placement.ts";

/** The far end of a wire whose near end a change has set down. */
type Dark = { readonly machine: string; readonly wire: number };

/**
 * Carrier across wires. QEMU does not tell the far guest that a NIC went down, as a cable would; so what a change does to
 * one end is done to the far end's carrier here (`set_link`), and taken back with the change.
 */
export class Carriers {
  readonly #wires: readonly Wire[];
  readonly #placement: Readonly<Record<string, string>>;
  /** QMP socket by machine. */
  readonly #sockets: ReadonlyMap<string, string>;
  readonly #dark = new Map<string, readonly Dark[]>();

  constructor(
    wires: readonly Wire[],
    placement: Readonly<Record<string, string>>,
    sockets: ReadonlyMap<string, string>,
  ) {
    this.#wires = wires;
    this.#placement = placement;
    this.#sockets = sockets;
  }

  /** Takes the carrier of what is cabled to the ends that these operations set down. */
  async follow(id: string, operations: readonly Operation[]): Promise<void> {
    const dark = operations.flatMap((operation) => this.#darkened(operation));
    this.#dark.set(id, dark);
    await this.#set(dark, false);
  }

  /** Gives back what `follow` took. */
  async restore(id: string): Promise<void> {
    const dark = this.#dark.get(id) ?? [];
    this.#dark.delete(id);
    await this.#set(dark, true);
  }

  /** Gives back what a killed command took: every end has carrier whose far end no change of ours has set down. */
  async restoreAll(): Promise<void> {
    const held = new Set([...this.#dark.values()].flat().map(keyOf));
    const ends = this.#wires.flatMap(({ number, machines }) =>
      machines.map((machine) => ({ machine, wire: number })),
    );
    await this.#set(
      ends.filter((end) => !held.has(keyOf(end))),
      true,
    );
  }

  #darkened(operation: Operation): readonly Dark[] {
    const { act, object } = operation;
    if (object.kind !== "link" || object.type !== "wire") return [];
    const isDown = act === "delete" || (act === "set" && !object.up);
    const here = this.#placement[object.namespace];
    const machines = this.#wires.find(({ number }) => number === object.wire)?.machines ?? [];
    const there = machines.find((machine) => machine !== here);
    return isDown && there !== undefined ? [{ machine: there, wire: object.wire }] : [];
  }

  async #set(ends: readonly Dark[], up: boolean): Promise<void> {
    for (const [machine, own] of Map.groupBy(ends, (end) => end.machine)) {
      await using qmp = await Qmp.open(this.#sockets.get(machine) ?? "");
      for (const { wire } of own) await qmp.execute("set_link", { name: wireNicId(wire), up });
    }
  }
}

function keyOf({ machine, wire }: Dark): string {
  return `${machine} ${wire}`;
}
