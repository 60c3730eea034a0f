import type { Readable, Writable } from "node:stream";
import { forgetAllNamespaces } from "../machine/netns/handles.ts";
import { LabError } from "../units/lab-error.ts";
import {
  type PointFailure,
  type Recorder,
  type RecorderOptions,
  type RecorderResult,
  startRecorder,
} from "./recorder.ts";

/** What a recorder process is told, a JSON line each. The end of its input means: stop at once, without sentinels. */
export type RecorderCommand = { readonly start: RecorderOptions } | { readonly stop: true };

/** What it answers, a JSON line for each command. */
export type RecorderAnswer =
  | { readonly ready: { readonly failures: readonly PointFailure[] } }
  | { readonly stopped: RecorderResult }
  | { readonly failed: { readonly message: string } };

/**
 * Serves recordings, one after the other: a start, then a stop, or the end of the input. Settles when the files are closed.
 */
export async function runRecorder(input: Readable, output: Writable): Promise<void> {
  let recorder: Recorder | undefined;
  try {
    for await (const line of lines(input)) {
      const command = JSON.parse(line) as RecorderCommand;
      if ("start" in command) {
        recorder?.[Symbol.dispose]();
        recorder = undefined;
        recorder = await answerStart(command.start, output);
      } else if (recorder !== undefined) {
        answer(output, { stopped: await recorder.stop() });
        recorder = undefined;
        forgetAllNamespaces(); // while it waits for the next recording it keeps none of them alive
      } else {
        answer(output, { failed: { message: "nothing is being recorded" } });
      }
    }
  } finally {
    recorder?.[Symbol.dispose]();
  }
}

async function answerStart(
  options: RecorderOptions,
  output: Writable,
): Promise<Recorder | undefined> {
  try {
    const recorder = await startRecorder(options);
    answer(output, { ready: { failures: recorder.failures } });
    return recorder;
  } catch (error) {
    const message = error instanceof LabError ? `${error.message}: ${error.fix}` : String(error);
    answer(output, { failed: { message } });
    return undefined;
  }
}

function answer(output: Writable, message: RecorderAnswer): void {
  output.write(`${JSON.stringify(message)}\n`);
}

/** Whole lines; a last line without an end may have been cut and is dropped. */
async function* lines(input: Readable): AsyncGenerator<string> {
  let rest = "";
  input.setEncoding("utf8");
  for await (const chunk of input) {
    const pieces = `${rest}${chunk}`.split("\n");
    rest = pieces.pop() ?? "";
    yield* pieces;
  }
}
