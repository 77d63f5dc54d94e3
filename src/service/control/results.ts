/** Checks what a server answers before it is used: the other end of a socket may be any program. */
import * as v from 'valibot';
import { CONTROL_RESULTS, type ControlResults } from '../../pure/reports/schemas/control.ts';
import type { ControlRequest, Greeting } from './protocol.ts';

type RequestName = ControlRequest['request'];

const text = v.string();
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

/** null for a line that is no greeting. */
export function parseGreeting(line: string): Greeting | null {
  return parse(greeting, line);
}

/** null for a line that is no answer. The code may be one that only a newer server knows. */
export function parseAnswer(line: string): { result: object } | { error: { code: string; message: string } } | null {
  return parse<{ result: object } | { error: { code: string; message: string } }>(answer, line);
}

type Check<Name extends RequestName> = v.GenericSchema<unknown, ControlResults[Name]>;
const CHECKS: { readonly [Name in RequestName]: Check<Name> } = CONTROL_RESULTS;

/** The result of the request `name`, without fields that only a newer server has; null where it is no such result. */
export function checkResult<Name extends RequestName>(name: Name, value: unknown): ControlResults[Name] | null {
  const result = v.safeParse(CHECKS[name], value, { abortEarly: true });
  return result.success ? result.output : null;
}
