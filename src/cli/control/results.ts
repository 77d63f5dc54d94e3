/** What a server answers, checked before anything is made of it: the other end of a socket may be anybody. */
import * as v from 'valibot';
import type { DeviceChange, DeviceCounters, DeviceDescription, DeviceSummary } from '../../pure/render/control-report.ts';
import type { ControlRequest, Greeting } from './protocol.ts';

// What a newer server tells besides is dropped: what is printed has the shape that is known here, and no more depth.
const text = v.string();
const count = v.pipe(v.number(), v.minValue(0));
const hex = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{1,8}$/));

const message = v.object({
  level: v.picklist(['warning', 'note']),
  code: text,
  message: text,
  origin: v.picklist(['vmm', 'airlock']),
});
const property = v.object({ value: v.nullable(v.union([v.string(), v.number(), v.boolean()])), source: text });
const capability = v.object({
  kind: v.picklist(['standard', 'extended']),
  id: hex,
  name: text,
  offset: hex,
  version: count,
  status: v.picklist(['shown', 'changed', 'hidden', 'synthesised', 'unknown']),
  stage: v.nullable(v.picklist(['kernel', 'vmm'])),
  reason: v.nullable(v.object({ code: text, text })),
});
const unknown = v.object({
  list: v.picklist(['header', 'standard', 'extended', 'body']),
  from: hex,
  to: hex,
  code: text,
  text,
});
const view = v.object({
  bdf: v.nullable(text),
  outcome: v.picklist(['realized', 'failed', 'unknown']),
  error: v.nullable(v.object({ code: text, message: text })),
  warnings: v.array(message),
  properties: v.record(v.string(), property),
  capabilities: v.array(capability),
  unknown: v.array(unknown),
  host: v.exactOptional(text),
  guest: v.exactOptional(v.nullable(text)),
});

const device = { name: text, socket: text, source: text, isConnected: v.boolean(), profile: text, machine: v.nullable(text) };
const set = v.array(text);

const summary = v.object({
  ...device,
  set,
  ats: v.nullable(v.object({ value: text, source: text, status: v.nullable(text) })),
  hasNext: v.boolean(),
});
const description = v.object({
  ...device,
  heading: v.array(text),
  hostIommu: v.nullable(v.object({ backend: text, ats: text })),
  view: v.nullable(view),
  set,
  next: v.nullable(view),
});
const counters = v.object({
  name: text,
  isConnected: v.boolean(),
  connections: count,
  refused: count,
  messages: v.record(v.string(), count),
  errors: count,
  bytesReceived: count,
  bytesSent: count,
  dmaMapped: count,
  dmaByMessage: count,
});
const change = v.object({
  name: text,
  isConnected: v.boolean(),
  set,
  changes: v.object({
    capabilities: v.array(v.object({ before: v.nullable(capability), after: v.nullable(capability) })),
    properties: v.record(v.string(), v.object({ before: v.nullable(property), after: v.nullable(property) })),
  }),
  warnings: v.array(message),
});

/** By the request that they answer. */
export interface ControlResults {
  readonly list: { readonly devices: readonly DeviceSummary[] };
  readonly show: { readonly device: DeviceDescription };
  readonly counters: { readonly devices: readonly DeviceCounters[] };
  readonly end: { readonly name: string; readonly wasConnected: boolean };
  readonly set: DeviceChange;
  readonly unset: DeviceChange;
}

type RequestName = ControlRequest['request'];
type Schemas = { readonly [Name in RequestName]: v.GenericSchema<unknown, ControlResults[Name]> };

const RESULTS: Schemas = {
  list: v.object({ devices: v.array(summary) }),
  show: v.object({ device: description }),
  counters: v.object({ devices: v.array(counters) }),
  end: v.object({ name: text, wasConnected: v.boolean() }),
  set: change,
  unset: change,
};

const answer = v.union([
  v.object({ result: v.record(v.string(), v.unknown()) }),
  v.object({ error: v.object({ code: text, message: text }) }),
]);

const greeting = v.object({ airlock: text, control: v.number() });

/** The value of a line; null where it is not JSON of that shape. */
function parse<T>(schema: v.GenericSchema<unknown, T>, line: string): T | null {
  try {
    const result = v.safeParse(schema, JSON.parse(line), { abortEarly: true });
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** null for a line that is none. */
export function parseGreeting(line: string): Greeting | null {
  return parse(greeting, line);
}

/** null for a line that is none. The code may be one that only a newer server knows. */
export function parseAnswer(line: string): { result: object } | { error: { code: string; message: string } } | null {
  return parse<{ result: object } | { error: { code: string; message: string } }>(answer, line);
}

/** What answers the request `name`; null for what does not. */
export function checkResult<Name extends RequestName>(name: Name, value: unknown): ControlResults[Name] | null {
  const result = v.safeParse(RESULTS[name], value, { abortEarly: true });
  return result.success ? result.output : null;
}
