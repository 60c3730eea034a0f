import type { LineChannel } from "../machine/line-channel.ts";
import { LabError } from "../units/lab-error.ts";
import type { MethodName, Methods, WireError } from "./protocol.ts";

/** What answers one method within one session. */
export type Handler<Name extends MethodName> = (
  params: Methods[Name]["params"],
  emit: (event: object) => void,
) => Promise<Methods[Name]["result"]> | Methods[Name]["result"];

export type Handlers = { readonly [Name in MethodName]: Handler<Name> };

type AnyHandler = (params: unknown, emit: (event: object) => void) => unknown;
type Request = { readonly id: number; readonly method: string; readonly params: unknown };

/** Answers the requests of one client until it goes; requests run side by side. */
export function serveSession(channel: LineChannel, handlers: Handlers): void {
  channel.onLine((line) => {
    const request = parseRequest(line);
    if (request === undefined) return;
    const emit = (event: object): void => channel.send(JSON.stringify({ id: request.id, event }));
    void answer(request, handlers, emit).then((reply) => channel.send(JSON.stringify(reply)));
  });
}

function parseRequest(line: string): Request | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isRequest =
      typeof value === "object" && value !== null && "id" in value && "method" in value;
    return isRequest ? (value as Request) : undefined;
  } catch {
    return undefined; // half a line that a client left when it was killed
  }
}

async function answer(
  request: Request,
  handlers: Handlers,
  emit: (event: object) => void,
): Promise<object> {
  const { id, method, params } = request;
  try {
    const handler = (handlers as unknown as Record<string, AnyHandler | undefined>)[method];
    if (handler === undefined) {
      throw new LabError("LAB_E_DAEMON_METHOD", `the daemon knows no method "${method}"`, {
        fix: "the daemon is of another version of lab: run `lab down` and `lab up` again",
      });
    }
    return { id, result: await handler(params, emit) };
  } catch (error) {
    return { id, error: wireError(error) };
  }
}

function wireError(error: unknown): WireError {
  if (error instanceof LabError) {
    return { code: error.code, message: error.message, fix: error.fix };
  }
  const message = error instanceof Error ? describe(error) : String(error);
  return { code: "LAB_E_DAEMON_FAILED", message, fix: "`lab logs LAB` shows the daemon's log" };
}

function describe(error: Error): string {
  const parts = error instanceof AggregateError ? error.errors.slice(0, 5).map(String) : [];
  return [error.message, ...parts].join("; ");
}
