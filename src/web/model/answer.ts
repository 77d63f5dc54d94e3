/** What the page answers to a what-if question about a device: a view with its slot, or why the question cannot be asked. */
import type { DeviceFacts } from '../../pure/facts/index.ts';
import { RequestError, type View, type ViewRequest, view } from '../../pure/guest-view/index.ts';
import { MachineError, PropertyError } from '../../pure/qemu/index.ts';
import { requestOf, type WhatIf } from './what-if.ts';

/** One of the two is null. */
export type Answer = { readonly view: View; readonly refusal: null } | { readonly view: null; readonly refusal: string };

/** A request that is asked again is the same object, so that `view` prepares it once. */
const MOST_REQUESTS = 256;
const requests = new Map<string, ViewRequest>();

function sameRequest(question: WhatIf): ViewRequest {
  const key = JSON.stringify(question);
  const known = requests.get(key);
  if (known !== undefined) return known;
  if (requests.size >= MOST_REQUESTS) requests.clear();
  const made = requestOf(question);
  requests.set(key, made);
  return made;
}

/** The VMM's words, and a name that may be meant. */
function wordsOf(error: PropertyError | MachineError | RequestError): string {
  const [nearest] = error instanceof RequestError ? [] : error.nearest;
  return nearest === undefined ? error.message : `${error.message}; did you mean ${nearest}?`;
}

/** Runs `ask`; a question that cannot be asked becomes its words. */
export function orRefusal<T>(
  ask: () => T,
): { readonly value: T; readonly refusal: null } | { readonly value: null; readonly refusal: string } {
  try {
    return { value: ask(), refusal: null };
  } catch (error) {
    if (error instanceof PropertyError || error instanceof MachineError || error instanceof RequestError)
      return { value: null, refusal: wordsOf(error) };
    throw error;
  }
}

/** Asks a question about a device. Never throws for any question. */
export function answerTo(facts: DeviceFacts, question: WhatIf): Answer {
  const { value, refusal } = orRefusal(() => view(facts, sameRequest(question)));
  return value === null ? { view: null, refusal } : { view: value, refusal: null };
}
