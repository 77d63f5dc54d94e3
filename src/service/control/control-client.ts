/** Asks a control socket one question. Needs nothing but Node. */
import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { ControlResults } from '../../pure/reports/schemas/control.ts';
import { FaultError } from '../fault.ts';
import { ServiceError } from '../service-error.ts';
import { RefusedError } from './controlled-device.ts';
import { CONTROL_VERSION, type ControlRequest, MOST_ANSWER } from './protocol.ts';
import { LineError, readLines } from './read-lines.ts';
import { checkResult, parseAnswer, parseGreeting } from './results.ts';

/** The room in `sun_path` (unix(7)), less the zero that ends it. */
const MOST_PATH = 107;
const HINT = 'wanted a control socket, as airlock serve --control PATH makes it';

const CONNECT_HINTS: Readonly<Record<string, string>> = {
  EACCES: 'the user may not connect to it',
  EAGAIN: 'too many clients wait there already',
  ECONNREFUSED: 'nobody listens on it',
  ENOENT: 'there is no such socket',
  ENOTDIR: 'there is no such socket',
  EPROTOTYPE: `it is no stream socket: ${HINT}`,
};

function checkPath(path: string): void {
  const length = Buffer.byteLength(path);
  if (length === 0 || length > MOST_PATH) {
    throw new ServiceError(`Cannot connect to "${path}": the path has ${length} bytes, wanted 1 to ${MOST_PATH}`);
  }
  if (!isSocket(path)) throw new ServiceError(`Cannot connect to ${path}: it is no socket: ${HINT}`);
}

/** True also where it cannot be known; connecting then says why. */
function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    return true;
  }
}

function connectError(path: string, error: unknown): ServiceError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const hint = CONNECT_HINTS[code];
  return new ServiceError(`Cannot connect to ${path}: ${hint === undefined ? message : `${code}, ${hint}`}`);
}

/** Reads the next line. Throws ServiceError where the peer ends instead, or sends what is no line. */
async function nextLine(lines: AsyncIterator<string, void>, fault: (words: string) => ServiceError, what: string): Promise<string> {
  try {
    const { value, done } = await lines.next();
    if (done !== true) return value;
  } catch (error) {
    if (error instanceof LineError) throw fault(`${error.message}; ${HINT}`);
    // A broken connection counts as its end.
  }
  throw fault(`it ended the connection without ${what}; ${HINT}`);
}

function throwError({ code, message }: { code: string; message: string }, fault: (words: string) => ServiceError): never {
  if (code === 'refused') throw new RefusedError(message);
  if (code !== 'internal') throw new ServiceError(message);
  const { message: words } = fault(`internal error of the server: ${message}`);
  throw new FaultError(`${words}; this is a fault of airlock: the server tells more of it on its standard error`);
}

async function converse<Request extends ControlRequest>(
  socket: Socket,
  request: Request,
  fault: (words: string) => ServiceError,
): Promise<ControlResults[Request['request']]> {
  const lines = readLines(socket, MOST_ANSWER);
  const first = await nextLine(lines, fault, 'a greeting');
  const greeting = parseGreeting(first);
  if (greeting === null) {
    const refusal = parseAnswer(first);
    if (refusal !== null && 'error' in refusal) throwError(refusal.error, fault);
    throw fault(`it greets in another way; ${HINT}`);
  }
  const { control, airlock } = greeting;
  if (control !== CONTROL_VERSION) {
    throw fault(`airlock ${airlock} speaks version ${control} of the control protocol there, this one ${CONTROL_VERSION}`);
  }
  socket.write(`${JSON.stringify(request)}\n`);
  const answer = parseAnswer(await nextLine(lines, fault, 'an answer'));
  if (answer !== null && 'error' in answer) throwError(answer.error, fault);
  const result = answer === null ? null : checkResult<Request['request']>(request.request, answer.result);
  if (result === null) throw fault(`it answers in another way than this airlock expects, as airlock ${airlock}`);
  return result;
}

/** A control socket greets at once; one of a device waits for its client's first words. */
function lateWords({ bytesRead }: Socket, timeout: number): string {
  if (bytesRead > 0) return `no answer in ${timeout} s`;
  return `it says nothing for ${timeout} s, as the socket of a device does; ${HINT}`;
}

export interface AskOptions {
  /** Seconds for the whole exchange. */
  readonly timeout: number;
}

/**
 * Connects, asks, and goes. Nothing is sent to a peer that does not greet as a control socket does. Rejects with RefusedError where the
 * device cannot be as it is wanted, with FaultError where the server has a fault of its own, else with ServiceError: nobody listens, no
 * answer comes in time, the request fits nothing.
 */
export async function askControl<Request extends ControlRequest>(
  path: string,
  request: Request,
  { timeout }: AskOptions,
): Promise<ControlResults[Request['request']]> {
  checkPath(path);
  const fault = (words: string): ServiceError => new ServiceError(`Cannot ask ${path}: ${words}`);
  const socket = connect({ path });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(fault(lateWords(socket, timeout))), timeout * 1000);
  });
  try {
    const connected = new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.on('error', error => reject(connectError(path, error)));
    });
    return await Promise.race([connected.then(() => converse(socket, request, fault)), late]);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
