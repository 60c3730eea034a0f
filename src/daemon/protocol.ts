import type { PointToRecord, RecorderResult } from "../capture/recorder.ts";
import type { Capabilities, Capability } from "../plan/capabilities.ts";
import type { LabObject } from "../plan/object.ts";
import type { Operation } from "../plan/operation.ts";
import type { ProbeRequest, ProbeResult, StreamRequest } from "../traffic/requests.ts";
import type { OpenedReceiver } from "../traffic/stream-receiver.ts";

/**
 * What a machine's daemon can be asked: JSON lines over one stream, `{id, method, params}` answered by
 * `{id, result}` or `{id, error: {code, message, fix}}`. Recordings, streams and changes belong to the connection that
 * asked for them: when it closes, they end and the changes are taken back.
 */
export type Methods = {
  /** First of all: says which lab the client means. A machine serves one lab. */
  hello: { params: { readonly lab: string }; result: Hello };
  capabilities: { params: { readonly wanted: readonly Capability[] }; result: Capabilities };
  /**
   * The parts that exist now, read from the kernel. Of what only `desired` tells how to look for (sysctl keys, rule
   * sets, whose text the kernel gives back in its own words) those that it names; a rule set that means the same comes
   * back in the words of `desired`.
   */
  read: {
    params: { readonly desired: readonly LabObject[] };
    result: readonly LabObject[];
  };
  apply: {
    params: { readonly operations: readonly Operation[] };
    result: { readonly applied: number };
  };
  /** Like `apply`, but taken back at `change-end` or when the connection closes. */
  "change-begin": {
    params: { readonly id: string; readonly operations: readonly Operation[] };
    result: { readonly at: string };
  };
  "change-end": { params: { readonly id: string }; result: { readonly at: string } };
  "record-start": {
    params: { readonly points: readonly PointToRecord[]; readonly directory: string };
    result: Record<string, never>;
  };
  "record-stop": { params: Record<string, never>; result: RecorderResult };
  send: { params: { readonly requests: readonly ProbeRequest[] }; result: readonly ProbeResult[] };
  /** Receivers of streams that another machine sends; they end with the connection, or with `receive-stop`. */
  "receive-start": {
    params: { readonly requests: readonly StreamRequest[] };
    result: readonly OpenedReceiver[];
  };
  "receive-stop": {
    params: { readonly indexes: readonly number[] };
    result: readonly { readonly index: number; readonly received: number }[];
  };
  /** Steps this machine's clock by so many nanoseconds, a decimal text: labs of several machines keep one time. */
  "clock-step": { params: { readonly by: string }; result: Record<string, never> };
  facts: { params: { readonly requests: readonly FactRequest[] }; result: readonly FactAnswer[] };
  /** Waits until no bond member, bridge port or link of the lab is on its way to another state. */
  settle: {
    params: { readonly deadlineMs: number };
    result: { readonly waitedMs: number; readonly unsettled: readonly string[] };
  };
  /** Output comes as events while the command runs; namespace "" is the machine's own. */
  exec: {
    params: {
      readonly namespace: string;
      readonly argv: readonly string[];
      readonly input?: string;
      /** In place of `input`: standard input stays open, and `exec-input` with this word writes to it. */
      readonly inputId?: string;
    };
    result: ExecResult;
  };
  /** Base64 for a command that reads; without `data` its input ends. Of a command that has ended it is dropped. */
  "exec-input": {
    params: {
      readonly namespace: string;
      readonly inputId: string;
      readonly data?: string;
    };
    result: Record<string, never>;
  };
  /** Ends the daemon; the network stays. */
  quit: { params: Record<string, never>; result: Record<string, never> };
};

export type MethodName = keyof Methods;

export type Hello = {
  readonly pid: number;
  readonly bootId: string;
  readonly kernel: string;
  /** Nanoseconds since the epoch on this machine's clock, as a decimal string. */
  readonly clock: string;
};

export type FactRequest = {
  readonly kind: string;
  readonly namespace: string;
  readonly argument?: string;
};

/** Raw output with what gave it. */
export type FactAnswer = { readonly source: string; readonly value: unknown };

export type ExecResult = { readonly code: number };

/** A piece of output, base64, before the result of `exec`. */
export type ExecEvent = { readonly stream: "stdout" | "stderr"; readonly data: string };

export type WireError = { readonly code: string; readonly message: string; readonly fix: string };
