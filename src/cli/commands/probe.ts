import { probeRequest } from "../../assess/probe-requests.ts";
import { renderJson } from "../../report/json.ts";
import { renderTable } from "../../report/table.ts";
import type { Topology } from "../../topology/topology.ts";
import type { ProbeResult } from "../../traffic/requests.ts";
import type { ConnectionProbe, Point, ProbeId } from "../../trial/trial.ts";
import { type IpAddress, ipAddress } from "../../units/ip.ts";
import { LabError } from "../../units/lab-error.ts";
import type { Command } from "../command.ts";
import { usageError } from "../context.ts";
import { withLab } from "../with-lab.ts";

const usage = "probe LAB FROM TO tcp/PORT|udp/PORT|icmp|arp [--count N]";

export const probe: Command = {
  name: "probe",
  usage,
  summary:
    "one real attempt from a workload to another or to an address, and what its kernel answered",
  options: { count: { type: "string" } },
  run: async (context, call) => {
    const [name, from, to, service] = call.positionals;
    if (name === undefined || from === undefined || to === undefined || service === undefined) {
      throw usageError("which lab, from where, to where, what?", usage);
    }
    const count = Number(call.text("count") ?? 1);
    if (!Number.isInteger(count) || count < 1)
      throw usageError("--count takes a whole number", usage);
    return await withLab(context, call, name, async ({ topology, machine }) => {
      const attempt: ConnectionProbe = {
        ...parseService(service),
        id: "probe" as ProbeId,
        from: sender(topology, from),
        to: target(topology, to),
        count,
      };
      const requests = [probeRequest(topology, attempt, 0)];
      const results = await machine.client.call("send", { requests });
      context.out(
        context.json ? renderJson(results) : renderTable(results, columns, context.layout),
      );
      const answered = results.some(({ answer }) => answer === "connected" || answer === "reply");
      return answered ? 0 : 1;
    });
  },
};

const columns = [
  { title: "sent", value: (row: ProbeResult): string => String(row.sent) },
  { title: "answer", value: (row: ProbeResult): string => row.answer ?? "none" },
  { title: "source port", value: (row: ProbeResult): string => String(row.sourcePort ?? "-") },
  { title: "error", value: (row: ProbeResult): string => row.error ?? "" },
];

function parseService(text: string): Pick<ConnectionProbe, "kind" | "port"> {
  const match = /^(tcp|udp)\/(\d{1,5})$|^(icmp|arp)$/.exec(text);
  if (match === null) throw usageError(`there is no probe "${text}"`, usage);
  const kind = (match[1] ?? match[3]) as ConnectionProbe["kind"];
  return match[2] === undefined ? { kind } : { kind, port: Number(match[2]) };
}

function sender(topology: Topology, word: string): Point {
  if (word.includes(":")) return word as Point;
  const vnic = topology.workloads.find((workload) => workload.name === word)?.vnics[0];
  if (vnic === undefined) throw unknown(topology, word);
  return `${word}:${vnic.name}` as Point;
}

function target(topology: Topology, word: string): IpAddress {
  const workload = topology.workloads.find((candidate) => candidate.name === word);
  const address = workload?.vnics.flatMap((vnic) => vnic.addresses)[0]?.address;
  if (address !== undefined) return address;
  try {
    return ipAddress(word);
  } catch (cause) {
    throw unknown(topology, word, cause);
  }
}

function unknown(topology: Topology, word: string, cause?: unknown): LabError {
  return new LabError("LAB_E_WORKLOAD_UNKNOWN", `there is no workload "${word}" with an address`, {
    fix: `use an address or one of: ${topology.workloads.map(({ name }) => name).join(", ")}`,
    exitCode: 2,
    cause,
  });
}
