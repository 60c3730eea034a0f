import { Prober } from "../src/traffic/prober.ts";
import type { ConnectionRequest } from "../src/traffic/requests.ts";
import type { Point, ProbeId } from "../src/trial/trial.ts";
import { ipAddress } from "../src/units/ip.ts";

/** `probe-sender.ts SENDERS PROBES`: the lab's prober, shared out over the senders. Fails unless all are answered. */
const senders = Number(process.argv[2]);
const probes = Number(process.argv[3]);
const target = ipAddress("10.65.0.1");

const requests = Array.from(
  { length: senders },
  (_, index): ConnectionRequest => ({
    namespace: `s${index}`,
    interface: "eth0",
    index,
    deadline: 5000,
    probe: {
      kind: "tcp",
      id: `bench/${index}` as ProbeId,
      from: `s${index}:eth0` as Point,
      to: target,
      port: 7000,
      count: probes / senders,
    },
  }),
);

using prober = new Prober();
const results = await prober.send(requests);
const failed = results.filter(
  ({ answer, answers, sent }) =>
    sent !== probes / senders || (answers?.connected ?? (answer === "connected" ? 1 : 0)) !== sent,
);
if (failed.length > 0) {
  process.stderr.write(`not all probes were answered: ${JSON.stringify(failed[0])}\n`);
  process.exitCode = 1;
}
