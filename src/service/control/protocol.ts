/**
 * The protocol of the control socket: the server greets, then each line of the client is a request and gets a line as its answer, in
 * order. A line is one JSON object. Within a version fields and requests may be added; a new version is needed to take one away.
 */
import * as v from 'valibot';
import { ServiceError } from '../service-error.ts';

export const CONTROL_VERSION = 1;
/** Bytes of a request with its line end. */
export const MOST_REQUEST = 64 * 1024;
/** Bytes of an answer. A view of as many capabilities as config space has room for is below half a megabyte; `show` has two. */
export const MOST_ANSWER = 4 * 1024 * 1024;

const words = v.pipe(v.array(v.pipe(v.string(), v.maxLength(1024))), v.maxLength(256), v.readonly());
const device = v.string();

const requestSchema = v.variant('request', [
  v.strictObject({ request: v.literal('list') }),
  v.strictObject({ request: v.literal('show'), device: v.optional(device) }),
  v.strictObject({ request: v.literal('counters'), device: v.optional(device) }),
  v.strictObject({ request: v.literal('end'), device: v.optional(device) }),
  v.strictObject({ request: v.literal('set'), device: v.optional(device), properties: v.pipe(words, v.minLength(1)) }),
  v.strictObject({ request: v.literal('unset'), device: v.optional(device), properties: words }),
]);

/** `device` may be left out where only one is served; `counters` are then those of all. */
export type ControlRequest = v.InferOutput<typeof requestSchema>;

export const REQUESTS = requestSchema.options.map(option => option.entries.request.literal);

/** `refused`: the device cannot be as it is wanted. `usage`: the request fits nothing. `internal`: a fault of the server. */
export type ControlErrorCode = 'usage' | 'refused' | 'internal';

export type ControlAnswer = { readonly result: object } | { readonly error: { readonly code: ControlErrorCode; readonly message: string } };

export interface Greeting {
  /** The version of airlock. */
  readonly airlock: string;
  /** CONTROL_VERSION of the server. */
  readonly control: number;
}

const SHOWN = 40;

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? '';
  if (path === 'request') return `wanted "request" to be one of ${REQUESTS.join(', ')}`;
  if (path === '') return `wanted a JSON object with "request"`;
  if (issue.type === 'strict_object' && issue.expected === 'never') return `there is no field "${path.slice(0, SHOWN)}" in this request`;
  return `${path.slice(0, SHOWN)}: ${issue.message.slice(0, 2 * SHOWN)}`;
}

/** A request from its line. Throws ServiceError that says what is not as the protocol wants it. */
export function parseRequest(line: string): ControlRequest {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new ServiceError('the request is not JSON: wanted one object a line, such as {"request":"list"}');
  }
  const result = v.safeParse(requestSchema, value, { abortEarly: true });
  if (result.success) return result.output;
  throw new ServiceError(`the request is none: ${describeIssue(result.issues[0])}`);
}
