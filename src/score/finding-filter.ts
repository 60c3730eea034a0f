import { displayFilter } from "../evidence/display-filter.ts";
import type { Expectation, ProbeId } from "../trial/trial.ts";
import { type EvidenceIndex, leaving } from "./evidence-index.ts";

const flag = { syn: 0x02, ack: 0x10 } as const;

/** The display filter of an expectation's finding; undefined where its probe was not sent. */
export function findingFilter(index: EvidenceIndex, expectation: Expectation): string | undefined {
  const { companion, probe } = expectation;
  const isSilent = companion !== undefined && leaving(index, probe).length === 0;
  const judged = isSilent ? companion : probe;
  const sent = index.sent(judged);
  return sent && displayFilter(sent, expectation, openingsOf(index, judged));
}

/** Initial sequence numbers of a TCP probe's connections, as its sender's recording shows them. */
function openingsOf(index: EvidenceIndex, probe: ProbeId): readonly number[] {
  const numbers = leaving(index, probe).flatMap(({ segment }) => {
    const [sequence, , flags] = (segment ?? "").split(" ").map(Number);
    const isOpening = flags !== undefined && (flags & (flag.syn | flag.ack)) === flag.syn;
    return isOpening && sequence !== undefined ? [sequence] : [];
  });
  return [...new Set(numbers)];
}
