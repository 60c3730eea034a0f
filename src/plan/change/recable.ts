import type { Endpoint } from "../../topology/topology.ts";
import { LabError } from "../../units/lab-error.ts";
import { altnamesOf, interfaceOf, linkBase, macOf } from "../build.ts";
import { derivedMac } from "../mark.ts";
import { freeName, namespaceOf, type Part, port, switchBridgeName } from "../names.ts";
import type { LabObject, LinkObject } from "../object.ts";
import { machineOf } from "../placement.ts";
import { cableAt } from "./cable-end.ts";
import { bridgePortOf, partLink, type Running } from "./running.ts";

type Veth = Extract<LinkObject, { type: "veth" }>;

/**
 * A NIC is unplugged and cabled to another physical switch, into a port with the VLANs of the one it left. The port it
 * left stays, without a cable. The NIC keeps its name, MAC address and bond.
 */
export function recable(running: Running, nic: Endpoint, to: string): readonly LabObject[] {
  const [near, left] = cableAt(running, nic);
  if (near.type !== "veth" || left.type !== "veth") throw betweenMachines(nic, to);
  if (machineOf(running.topology, nic.node) !== machineOf(running.topology, to)) {
    throw betweenMachines(nic, to);
  }
  const entered = portEntered(running, nic, to, left);
  const remains = unplugged(running, left);
  const plugged: Veth = {
    ...near,
    peer: { namespace: entered.namespace, name: entered.name },
    ...ownMac(running, nic, near),
  };
  const membership = {
    ...bridgePortOf(running, left),
    namespace: entered.namespace,
    name: entered.name,
  };
  const moved = running.objects
    .filter((object) => object.kind === "impairment" && isOn(object, left))
    .map((object) => ({ ...object, namespace: entered.namespace, link: entered.name }));
  const stays = (object: LabObject): boolean =>
    object !== near && object !== left && !("link" in object && isOn(object, left));
  return [
    ...running.objects
      .filter(stays)
      .filter((object) => remains !== undefined || !isPort(object, left)),
    ...(remains ?? []),
    plugged,
    entered,
    membership,
    ...moved,
  ];
}

/** A cable between two machines is made when they start. */
function betweenMachines(nic: Endpoint, to: string): LabError {
  return new LabError(
    "LAB_E_PLAN_BETWEEN_MACHINES",
    `${nic.node}:${nic.port} cannot be cabled to ${to} while the lab runs: one of the two cables leads to another machine`,
    { fix: "place both nodes and the switches at either cable on one machine", exitCode: 2 },
  );
}

function isPort(object: LabObject, { namespace, name }: LinkObject): boolean {
  return object.kind === "bridge-port" && object.namespace === namespace && object.name === name;
}

function isOn(
  object: { readonly namespace: string; readonly link: string },
  { namespace, name }: LinkObject,
): boolean {
  return object.namespace === namespace && object.link === name;
}

/** A member of a bond carries the bond's address; made anew, it begins with its own. */
function ownMac({ topology }: Running, nic: Endpoint, near: Veth): { readonly mac?: string } {
  const owners = [...topology.hosts, ...topology.routers];
  const owner = owners.find(({ name }) => name === nic.node);
  const mac = owner?.nics.find(({ name }) => name === nic.port)?.mac ?? near.mac;
  return mac === undefined ? {} : { mac };
}

function portEntered(running: Running, nic: Endpoint, to: string, left: Veth): Veth {
  const { name: lab } = running.topology;
  const bridge: Part = { kind: "bridge", switch: switchBridgeName };
  const master = partLink(running, to, bridge, `switch ${to}`);
  const namespace = namespaceOf(lab, to);
  const taken = (running.stock.byNamespace.get(namespace) ?? []).flatMap((object) =>
    object.kind === "link" ? [object.name, ...object.altnames] : [],
  );
  const name = freeName([left.name, `${left.name}-${nic.port}`], new Set(taken));
  return {
    ...left,
    namespace,
    name,
    altnames: altnamesOf(lab, namespace, name, undefined),
    master: master.name,
    mac: derivedMac(lab, namespace, name),
    up: true,
    peer: { namespace: namespaceOf(lab, nic.node), name: left.peer.name },
  };
}

/** The port that was left, with the loose end that now lies behind it; nothing of one that an earlier change made. */
function unplugged({ topology }: Running, left: Veth): readonly [Veth, Veth] | undefined {
  const { name: lab } = topology;
  const owner = topology.switches.find(({ name }) => namespaceOf(lab, name) === left.namespace);
  const own = owner?.ports.find(
    (each) => interfaceOf(topology, owner.name, port(each.name)) === left.name,
  );
  if (owner === undefined || own === undefined) return undefined;
  const part: Part = { kind: "loose-end", port: own.name };
  const base = linkBase(topology, owner.name, part);
  const loose: Veth = {
    ...base,
    type: "veth",
    mac: macOf(topology, owner.name, part),
    mtu: left.mtu ?? 1500,
    up: false,
    peer: { namespace: left.namespace, name: left.name },
  };
  return [{ ...left, peer: { namespace: base.namespace, name: base.name } }, loose];
}
